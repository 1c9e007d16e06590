"""POST {base}/Subscription (fhir-pas 14.1)."""

from priorbus.contracts.commands.fhir_subscriptions import CreateSubscription
from priorbus.gateway.endpoints.fhir.forwarding import base_of, body_of, caller_of
from priorbus.gateway.endpoints.fhir.subscriptions.shared import carry_out
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def create_subscription(gateway: Gateway, call: Call) -> Answer:
    """The owner is told which identifiers are the client's."""
    message = CreateSubscription(base=base_of(call), caller=caller_of(call), request=await body_of(gateway, call))
    return await carry_out(gateway, call, message)
