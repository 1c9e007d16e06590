"""POST …/{authorization_id}/attachments (authorizations.md 9)."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from priorbus.contracts.commands.requirements import AddAttachment
from priorbus.gateway.endpoints.authorizations.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.presentation.style import Style

DocumentType = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class AttachBody(Body):
    """The request body."""

    file_id: str
    document_types: Annotated[list[DocumentType], Field(min_length=1, max_length=50)]
    description: Annotated[str, StringConstraints(max_length=1000)] | None = None
    label: Annotated[str, StringConstraints(max_length=120)] | None = None


async def add_attachment(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Link a ready file of the tenant."""
    findings = Findings()
    body = findings.validated(AttachBody, call.body)
    payload: dict[str, Any] = {"attachment_id": gateway.new_id("att")}
    if body is None:
        payload["schema_refusal"] = findings.refusal()
    else:
        file = await gateway.files.find(call.tenant, body.file_id)
        payload |= {"file": file, **body.model_dump()}
    return await change(style, gateway, call, AddAttachment.wire_type, payload)
