"""Request bodies of style C (authorizations.md 10)."""

from typing import Any, Literal

from pydantic import Field

from priorbus.contracts.templates import CodeSystem, ServiceType
from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.presentation.answer_values import check_answer_size
from priorbus.gateway.presentation.body_members import Code, Metadata, Npi, UsState
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style_c.answers import read_answers
from priorbus.gateway.presentation.style_c.names import POLICY_FROM_WIRE


class _ServiceCode(Body):
    """What is asked for."""

    system: CodeSystem
    code: Code


class ServiceRequest(Body):
    """The route and the service asked for."""

    payer_id: Code
    coverage_state: UsState
    request_type: ServiceType
    service_code: _ServiceCode


class _Policy(Body):
    """How far Priorbus may go by itself."""

    final_submission: Literal["automatic", "requires_approval"]


class CreateBody(Body):
    """What a new case asks for (authorizations.md 10.1)."""

    provider_npi: Npi
    request: ServiceRequest
    policy: _Policy
    answers: Any = None
    metadata: Metadata = Field(default_factory=dict)


class ConfirmBody(Body):
    """Carrying out the open action (authorizations.md 10.2); whether a review must be accepted depends on the state."""

    accepted_review_snapshot_id: str | None = None


def selection_of(request: ServiceRequest) -> Json:
    """A request as the JSON of a Selection."""
    return {
        "payer_id": request.payer_id,
        "state": request.coverage_state,
        "service_type": request.request_type,
        "service_code": request.service_code.code,
        "service_code_system": request.service_code.system,
    }


def read_creation(body: Any, findings: Findings) -> Json | None:
    """The body of a create as the JSON of a CaseRequest."""
    create = findings.validated(CreateBody, body)
    if create is None:
        return None
    answers = None
    if "answers" in body:
        check_answer_size(body["answers"], findings)
        answers = read_answers(body["answers"], ("answers",), findings)
    return {
        "provider_npi": create.provider_npi,
        "selection": selection_of(create.request),
        "policy": POLICY_FROM_WIRE[create.policy.final_submission],
        "answers": answers,
        "metadata": create.metadata,
    }


def read_confirmation(body: Any, findings: Findings) -> Json | None:
    """The body of a confirm as members of ConfirmAuthorization."""
    request = findings.validated(ConfirmBody, body)
    return None if request is None else {"accepted_review_snapshot_id": request.accepted_review_snapshot_id}
