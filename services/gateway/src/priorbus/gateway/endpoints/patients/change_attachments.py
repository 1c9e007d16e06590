"""POST /v1/patient_attachments, PATCH and DELETE of one, and POST …/archive (seed 004, patient-attachments.md 5, 7)."""

from priorbus.contracts.commands.patients import ArchivePatientAttachment, CreatePatientAttachment, UpdatePatientAttachment
from priorbus.gateway.endpoints.patients.shared import ATTACHMENT, change, create, number_of, put_away
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.presentation.patients.fields import Fields
from priorbus.runtime.ids import new_number

_DEPRECATED_SINCE = 1_767_225_600


async def create_attachment(gateway: Gateway, call: Call) -> Answer:
    """Register an uploaded document. What is wrong with the body is told by the owner, together with what only it can check."""
    fields = Fields(call.body)
    number = new_number()
    data = {
        "patient_attachment_id": number,
        "patient_id": fields.id("patient_id"),
        "upload_url": fields.text("upload_url", "url_malformed"),
        "description": fields.text("description"),
        "patient_case_id": fields.id("patient_case_id"),
    }
    return await create(ATTACHMENT, gateway, call, CreatePatientAttachment.wire_type, data | {"issues": fields.as_json()}, number)


async def update_attachment(gateway: Gateway, call: Call) -> Answer:
    """Change the description, pin or unpin."""
    fields = Fields(call.body)
    data = {"members": fields.members(description="text", pinned="flag"), "issues": fields.as_json()}
    return await change(ATTACHMENT, gateway, call, UpdatePatientAttachment.wire_type, data)


async def archive_attachment(gateway: Gateway, call: Call) -> Answer:
    """Hide it; there is no way back."""
    return await put_away(ATTACHMENT, gateway, call, ArchivePatientAttachment.wire_type)


async def delete_attachment(gateway: Gateway, call: Call) -> Answer:
    """The deprecated way to archive."""
    answer = await archive_attachment(gateway, call)
    successor = f"<{ATTACHMENT.root}/{number_of(ATTACHMENT, call)}/archive>"
    answer.headers |= {"Deprecation": f"@{_DEPRECATED_SINCE}", "Link": f'{successor}; rel="successor-version"'}
    return answer
