"""GET …/{authorization_id}."""

from priorbus.gateway.endpoints.answers import entity_tag
from priorbus.gateway.endpoints.authorizations.shared import read_case, show
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.headers import not_modified
from priorbus.gateway.presentation.style import Style


async def read_authorization(style: Style, gateway: Gateway, call: Call) -> Answer:
    """The case, or 304 for a client that has this version."""
    state = await read_case(style, gateway, call)
    if not_modified(call.request, state["version"]):
        return Answer(304, headers=entity_tag(state["version"]))
    return await show(style, gateway, state)
