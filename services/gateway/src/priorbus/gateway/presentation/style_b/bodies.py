"""Request bodies of style B (authorizations.md 10)."""

from typing import Any, Literal

from pydantic import Field

from priorbus.contracts.templates import CodeSystem, ServiceType
from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.presentation.answer_values import check_answer_size
from priorbus.gateway.presentation.body_members import Code, Metadata, Npi, UsState
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style_b.answers import read_answers
from priorbus.gateway.presentation.style_b.names import POLICY_FROM_WIRE


class TemplateSelection(Body):
    """The route and the service asked for."""

    payer_id: Code
    insurance_state: UsState
    service_type: ServiceType
    service_code: Code
    service_code_system: CodeSystem


class _Policy(Body):
    """How far Priorbus may go by itself."""

    final_submission: Literal["automatic", "requires_confirmation"]


class CreateBody(Body):
    """What a new case asks for (authorizations.md 10.1)."""

    provider_npi: Npi
    template_selection: TemplateSelection
    policy: _Policy
    portal_auth_mode: Literal["automated", "customer_login"] = "automated"
    questionnaire_response: Any = None
    metadata: Metadata = Field(default_factory=dict)


class ConfirmBody(Body):
    """Carrying out the open action (authorizations.md 10.2); the owner asks for `nextActionId`, because the state decides first."""

    next_action_id: str | None = None


def selection_of(selection: TemplateSelection) -> Json:
    """A template selection as the JSON of a Selection."""
    return {
        "payer_id": selection.payer_id,
        "state": selection.insurance_state,
        "service_type": selection.service_type,
        "service_code": selection.service_code,
        "service_code_system": selection.service_code_system,
    }


def read_creation(body: Any, findings: Findings) -> Json | None:
    """The body of a create as the JSON of a CaseRequest."""
    request = findings.validated(CreateBody, body)
    if request is None:
        return None
    answers = None
    if "questionnaireResponse" in body:
        check_answer_size(body["questionnaireResponse"], findings)
        answers = read_answers(body["questionnaireResponse"], ("questionnaireResponse",), findings)
    return {
        "provider_npi": request.provider_npi,
        "selection": selection_of(request.template_selection),
        "policy": POLICY_FROM_WIRE[request.policy.final_submission],
        "portal_auth_mode": request.portal_auth_mode,
        "answers": answers,
        "metadata": request.metadata,
    }


def read_confirmation(body: Any, findings: Findings) -> Json | None:
    """The body of a confirm as members of ConfirmAuthorization."""
    request = findings.validated(ConfirmBody, body)
    return None if request is None else {"next_action_id": request.next_action_id}
