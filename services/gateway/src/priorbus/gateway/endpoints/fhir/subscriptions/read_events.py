"""GET {base}/Subscription/{id}/$events (fhir-pas 14.4)."""

from priorbus.contracts.commands.fhir_subscriptions import ReadSubscriptionEvents
from priorbus.gateway.endpoints.fhir.forwarding import ask, base_of, fhir_answer
from priorbus.gateway.endpoints.fhir.subscriptions.shared import whole_number
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def read_events(gateway: Gateway, call: Call) -> Answer:
    """A history Bundle of events by number, both ends included."""
    query = ReadSubscriptionEvents(
        base=base_of(call),
        subscription_id=call.path["id"],
        since=whole_number(call, "eventsSinceNumber"),
        until=whole_number(call, "eventsUntilNumber"),
        content=next((value for name, value in call.query if name == "content"), None),
    )
    return fhir_answer(await ask(gateway, call, query), call)
