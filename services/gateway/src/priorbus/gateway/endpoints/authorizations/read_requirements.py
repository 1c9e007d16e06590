"""GET …/{authorization_id}/requirements (authorizations.md 10.4)."""

from priorbus.gateway.endpoints.authorizations.shared import show_part
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.style import Style


async def read_requirements(style: Style, gateway: Gateway, call: Call) -> Answer:
    """The blockers alone."""
    return await show_part(style, gateway, call, lambda state: style.render_requirements(state["requirements"]))
