"""GET …/{authorization_id}/events (authorizations.md 10.6)."""

from priorbus.gateway.endpoints.answers import page_answer
from priorbus.gateway.endpoints.authorizations.shared import read_case
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.style import Style


async def list_events(style: Style, gateway: Gateway, call: Call) -> Answer:
    """One page of the timeline, oldest first."""
    case = await read_case(style, gateway, call)
    entries, following = await gateway.authorizations.timeline(call, call.path["authorization_id"], case["sequence"])
    return page_answer(entries, following)
