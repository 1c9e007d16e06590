"""POST /v1/prior-auth/authorizations (authorizations.md 10.1)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from priorbus.contracts.commands.requirements import CreateAuthorization
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import CodeSystem, ServiceType
from priorbus.gateway.endpoints.style_b.shared import ROOT, show, target
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.presentation.style_b import read_answers
from priorbus.gateway.presentation.style_b.answers import check_answer_size
from priorbus.gateway.presentation.style_b.statuses import POLICY_FROM_WIRE

MetadataKey = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,40}\z")]
MetadataValue = Annotated[str, StringConstraints(max_length=500)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=50)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class TemplateSelection(Body):
    """The route and the service asked for."""

    payer_id: Code
    insurance_state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\z")]
    service_type: ServiceType
    service_code: Code
    service_code_system: CodeSystem


class Policy(Body):
    """How far Priorbus may go by itself."""

    final_submission: Literal["automatic", "requires_confirmation"]


class CreateBody(Body):
    """The request body."""

    provider_npi: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}\z")]
    template_selection: TemplateSelection
    policy: Policy
    portal_auth_mode: Literal["automated", "customer_login"] = "automated"
    questionnaire_response: Any = None
    metadata: Metadata = Field(default_factory=dict)


async def create_authorization(gateway: Gateway, call: Call) -> Answer:
    """Open a case; the gateway mints its id, so that a repeated command is the same case."""
    authorization_id = gateway.new_id("auth")
    findings = Findings()
    case = _case(call.body, findings)
    data: dict[str, Any] = {"authorization_id": authorization_id}
    if findings.issues:
        data["schema_refusal"] = _refusal(call.body, findings).model_dump(mode="json")
    else:
        data["case"] = case

    async def present(result: Mapping[str, Any]) -> Answer:
        state = result["authorization"]
        return await show(gateway, state, 201, {"Location": f"{ROOT}/{state['id']}"})

    return await gateway.commands.run(call, CreateAuthorization.wire_type, data, target(authorization_id), present)


def _case(body: Any, findings: Findings) -> Any:
    request = findings.validated(CreateBody, body)
    if request is None:
        return None
    answers = None
    if "questionnaireResponse" in body:
        check_answer_size(body["questionnaireResponse"])
        answers = read_answers(body["questionnaireResponse"], ("questionnaireResponse",), findings)
    selection = request.template_selection
    return {
        "provider_npi": request.provider_npi,
        "selection": {
            "payer_id": selection.payer_id,
            "state": selection.insurance_state,
            "service_type": selection.service_type,
            "service_code": selection.service_code,
            "service_code_system": selection.service_code_system,
        },
        "policy": POLICY_FROM_WIRE[request.policy.final_submission],
        "portal_auth_mode": request.portal_auth_mode,
        "answers": answers,
        "metadata": request.metadata,
    }


def _refusal(body: Any, findings: Findings) -> Refusal:
    missing = [issue.code == "missing" and issue.field in ("/policy", "/policy/finalSubmission") for issue in findings.issues]
    code = "final_submission_policy_required" if any(missing) else "bad_request"
    return Refusal(code=code, issues=tuple(findings.issues))
