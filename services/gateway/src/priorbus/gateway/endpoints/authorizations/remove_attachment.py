"""DELETE /v1/prior-auth/authorizations/{authorization_id}/attachments/{attachment_id}."""

from priorbus.contracts.commands.requirements import RemoveAttachment
from priorbus.gateway.endpoints.style_b.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def remove_attachment(gateway: Gateway, call: Call) -> Answer:
    """Unlink a document."""
    return await change(gateway, call, RemoveAttachment.wire_type, {"attachment_id": call.path["attachment_id"]})
