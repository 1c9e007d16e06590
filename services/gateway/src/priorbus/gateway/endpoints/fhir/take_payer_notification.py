"""POST /payer-notifications/{id}: a remote payer notifies our Subscription there (fhir-pas 22)."""

from priorbus.contracts.commands.fhir_payers import TakePayerNotification
from priorbus.gateway.endpoints.fhir.forwarding import body_of, command
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem


async def take_payer_notification(gateway: Gateway, call: Call) -> Answer:
    """The secret says whose notification it is; it counts for the URL it was made for only."""
    if call.path["id"] != call.principal.client_id:
        raise Problem("not_found")
    message = TakePayerNotification(subscription_id=call.path["id"], request=await body_of(gateway, call))
    return await command(gateway, call, message)
