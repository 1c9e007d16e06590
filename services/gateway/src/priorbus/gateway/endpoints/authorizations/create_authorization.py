"""POST on the style's root (authorizations.md 10.1)."""

from collections.abc import Mapping
from typing import Any

from priorbus.contracts.commands.requirements import CreateAuthorization
from priorbus.gateway.endpoints.authorizations.shared import show, target
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.style import Style


async def create_authorization(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Open a case; the gateway mints its id, so that a repeated command is the same case."""
    authorization_id = gateway.new_id("auth")
    findings = Findings()
    case = style.read_creation(call.body, findings)
    data: dict[str, Any] = {"authorization_id": authorization_id}
    if findings.refused:
        data["schema_refusal"] = _refused(findings).refusal()
    else:
        data["case"] = case

    async def present(result: Mapping[str, Any]) -> Answer:
        state = result["authorization"]
        call.resource_id = state["id"]
        return await show(style, gateway, state, 201, {"Location": f"{style.root}/{state['id']}"})

    return await gateway.commands.run(call, CreateAuthorization.wire_type, data, target(style, authorization_id), present)


def _refused(findings: Findings) -> Findings:
    missing = [issue.code == "missing" and issue.field in ("/policy", "/policy/finalSubmission") for issue in findings.issues]
    if any(missing):
        findings.code = "final_submission_policy_required"
    return findings
