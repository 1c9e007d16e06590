"""GET …/{authorization_id}/attachments (authorizations.md 10.4)."""

from priorbus.gateway.endpoints.authorizations.shared import show_part
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.case_parts import render_attachment
from priorbus.gateway.presentation.style import Style


async def list_attachments(style: Style, gateway: Gateway, call: Call) -> Answer:
    """The linked documents as a plain array."""
    return await show_part(style, gateway, call, lambda state: [render_attachment(attachment) for attachment in state["attachments"]])
