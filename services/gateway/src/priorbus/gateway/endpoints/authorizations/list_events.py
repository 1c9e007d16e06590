"""GET /v1/prior-auth/authorizations/{authorization_id}/events (authorizations.md 10.6)."""

from priorbus.gateway.endpoints.answers import page_answer
from priorbus.gateway.endpoints.style_b.shared import require_case
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def list_events(gateway: Gateway, call: Call) -> Answer:
    """One page of the timeline, oldest first."""
    await require_case(gateway, call)
    entries, following = await gateway.authorizations.timeline(call, call.path["authorization_id"])
    return page_answer(entries, following)
