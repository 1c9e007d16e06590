"""GET /v1/prior-auth/authorizations (authorizations.md 10.7)."""

from priorbus.gateway.endpoints.answers import page_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.style_b import STATES_OF_STATUS, render_summary


async def list_authorizations(gateway: Gateway, call: Call) -> Answer:
    """One page of the tenant's cases, newest first."""
    states, following = await gateway.authorizations.page(call, STATES_OF_STATUS)
    return page_answer([render_summary(state) for state in states], following)
