"""PUT {base}/Subscription/{id} (fhir-pas 14.4)."""

from priorbus.contracts.commands.fhir_subscriptions import UpdateSubscription
from priorbus.gateway.endpoints.fhir.forwarding import base_of, body_of, caller_of
from priorbus.gateway.endpoints.fhir.subscriptions.shared import carry_out, seen_version
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def update_subscription(gateway: Gateway, call: Call) -> Answer:
    """`If-Match` may be left out."""
    message = UpdateSubscription(
        base=base_of(call),
        caller=caller_of(call),
        subscription_id=call.path["id"],
        if_match=seen_version(call),
        request=await body_of(gateway, call),
    )
    return await carry_out(gateway, call, message)
