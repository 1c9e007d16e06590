"""POST /v1/files (seed 000, authorizations.md 8.2)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from priorbus.contracts.commands.storage import CreateFile
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.file_shared import ROOT, file_target, show_file
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Body, Findings

_LARGEST = (1 << 63) - 1


class CreateFileBody(Body):
    """The request body; the owner judges the values."""

    file_name: str
    content_type: str
    purpose: str
    size_bytes: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None


async def create_file(gateway: Gateway, call: Call) -> Answer:
    """Describe a file and get an upload target."""
    file_id = gateway.new_id("file")
    findings = Findings()
    body = findings.validated(CreateFileBody, call.body)
    data: dict[str, Any] = {"file_id": file_id}
    if body is None:
        data["schema_issues"] = findings.as_json()
    else:
        data |= {"file_name": body.file_name, "content_type": body.content_type, "purpose": body.purpose, "declared_size": body.size_bytes}

    async def present(result: Mapping[str, Any]) -> Answer:
        file = result["file"]
        call.resource_id = file["id"]
        rendered = {"file": await show_file(gateway, file), "upload": result["upload"]}
        return json_answer(rendered, 201, {"Location": f"{ROOT}/{file['id']}"})

    return await gateway.commands.run(call, CreateFile.wire_type, data, file_target(file_id), present)
