"""POST /v1/files/{file_id}/complete (seed 000, authorizations.md 8.3)."""

from collections.abc import Mapping
from typing import Any

from priorbus.contracts.commands.storage import CompleteFile
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.file_shared import file_target, show_file
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Body, Findings


async def complete_file(gateway: Gateway, call: Call) -> Answer:
    """Have the uploaded bytes checked."""
    findings = Findings()
    if call.raw:
        findings.validated(Body, call.body)
    file_id = call.path["file_id"]
    data = {"file_id": file_id, "schema_issues": findings.as_json()}

    async def present(result: Mapping[str, Any]) -> Answer:
        return json_answer(await show_file(gateway, result["file"]))

    return await gateway.commands.run(call, CompleteFile.wire_type, data, file_target(file_id), present)
