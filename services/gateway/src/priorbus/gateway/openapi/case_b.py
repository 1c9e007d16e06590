"""Authorizations in style B (authorizations.md 3)."""

from typing import Literal

from priorbus.gateway.openapi.model import Moment, Shown, absent
from priorbus.gateway.openapi.shared_case import (
    AnswerObject,
    Attachment,
    CaseMembers,
    CodeSystem,
    DocumentRequirement,
    PreviewMembers,
    QuestionMembers,
    ServiceType,
    Severity,
    SnapshotMembers,
    SubmissionMembers,
    Version,
)

StatusB = Literal["requires_input", "requires_confirmation", "processing", "waiting_on_payer", "completed", "canceled"]


class PolicyB(Shown):
    final_submission: Literal["automatic", "requires_confirmation"]


class TemplateSelection(Shown):
    payer_id: str
    insurance_state: str
    service_type: ServiceType
    service_code: str
    service_code_system: CodeSystem


class ItemB(QuestionMembers):
    answer_type: Literal["string", "boolean", "date", "decimal", "choice", "attachment"]


class GroupB(Shown):
    id: str
    title: str
    items: list[ItemB]


class AnswerItemB(Shown):
    link_id: str
    answer: list[AnswerObject] = absent()


class QuestionnaireResponse(Shown):
    """Flat answers; repeating groups are numbered in the linkId."""

    item: list[AnswerItemB]


class OpenQuestionB(Shown):
    link_id: str
    message: str


class RequirementIssueB(Shown):
    code: str
    message: str
    field: str = absent()
    severity: Severity


class RequirementsB(Shown):
    version: Version
    questions: list[OpenQuestionB]
    documents: list[DocumentRequirement]
    issues: list[RequirementIssueB]


class NextActionB(Shown):
    id: str
    type: Literal["provide_requirements", "advance_case", "approve_submission"]
    description: str
    authorization_version: Version
    requirements_version: Version
    created_at: Moment
    owner: Literal["customer"]
    review_snapshot_id: str = absent()
    expires_at: Moment = absent()


class CoversB(Shown):
    authorization_version: int
    requirements_version: int
    questionnaire_response_version: int
    attachment_version: int


class ReviewSnapshotB(SnapshotMembers):
    covers: CoversB
    kind: Literal["final_submission"]
    questionnaire_response: QuestionnaireResponse


class SubmissionB(SubmissionMembers):
    review_snapshot: ReviewSnapshotB = absent()


class AuthorizationSummaryB(CaseMembers):
    """An authorization as lists show it."""

    status: StatusB
    policy: PolicyB
    template_selection: TemplateSelection
    portal_auth_mode: Literal["automated", "customer_login"]
    requirements: RequirementsB
    submission: SubmissionMembers
    next_action: NextActionB = absent()


class AuthorizationB(CaseMembers):
    status: StatusB
    policy: PolicyB
    template_selection: TemplateSelection
    portal_auth_mode: Literal["automated", "customer_login"]
    questionnaire: list[GroupB]
    questionnaire_response: QuestionnaireResponse
    requirements: RequirementsB
    attachments: list[Attachment]
    submission: SubmissionB
    next_action: NextActionB = absent()


class PreviewB(PreviewMembers):
    status: StatusB


class RouteB(Shown):
    payer_display_name: str
    default_portal_auth_mode: Literal["automated", "customer_login"]
    label: str
    portal_auth_modes: list[Literal["automated", "customer_login"]]
    template_id: str
    template_version: Version
