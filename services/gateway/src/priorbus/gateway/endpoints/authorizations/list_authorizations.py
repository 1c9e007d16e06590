"""GET on the style's root (authorizations.md 10.7)."""

from priorbus.gateway.endpoints.answers import page_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.style import Style


async def list_authorizations(style: Style, gateway: Gateway, call: Call) -> Answer:
    """One page of the tenant's cases, newest first."""
    states, following = await gateway.authorizations.page(call, style)
    return page_answer([style.render_summary(state) for state in states], following)
