"""GET /v1/prior-auth/authorizations/{authorization_id}/attachments (authorizations.md 10.4)."""

from priorbus.gateway.endpoints.answers import entity_tag, json_answer
from priorbus.gateway.endpoints.style_b.shared import read_case
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.headers import not_modified
from priorbus.gateway.presentation.style_b import render_attachment


async def list_attachments(gateway: Gateway, call: Call) -> Answer:
    """The linked documents as a plain array, with the case's entity tag."""
    state = await read_case(gateway, call)
    tag = entity_tag(state["version"])
    if not_modified(call.request, state["version"]):
        return Answer(304, headers=tag)
    return json_answer([render_attachment(attachment) for attachment in state["attachments"]], headers=tag)
