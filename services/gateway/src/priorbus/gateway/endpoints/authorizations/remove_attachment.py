"""DELETE …/{authorization_id}/attachments/{attachment_id}."""

from priorbus.contracts.commands.requirements import RemoveAttachment
from priorbus.gateway.endpoints.authorizations.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.style import Style


async def remove_attachment(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Unlink a document."""
    return await change(style, gateway, call, RemoveAttachment.wire_type, {"attachment_id": call.path["attachment_id"]})
