"""DELETE {base}/Subscription/{id} (fhir-pas 14.4)."""

from priorbus.contracts.commands.fhir_subscriptions import DeleteSubscription
from priorbus.gateway.endpoints.fhir.forwarding import base_of
from priorbus.gateway.endpoints.fhir.subscriptions.shared import carry_out, seen_version
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def delete_subscription(gateway: Gateway, call: Call) -> Answer:
    """A second time is no error."""
    message = DeleteSubscription(base=base_of(call), subscription_id=call.path["id"], if_match=seen_version(call))
    return await carry_out(gateway, call, message)
