"""Authorizations in style C (authorizations.md 3)."""

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

StatusC = Literal["requires_action", "processing", "waiting_on_payer", "completed", "canceled"]


class PolicyC(Shown):
    final_submission: Literal["automatic", "requires_approval"]


class ServiceCode(Shown):
    system: CodeSystem
    code: str


class ServiceRequest(Shown):
    payer_id: str
    coverage_state: str
    request_type: ServiceType
    service_code: ServiceCode


class CaseRoute(Shown):
    channel: str
    access_mode: Literal["managed"]
    label: str


class ItemC(QuestionMembers):
    type: Literal["string", "boolean", "date", "number", "choice", "attachment"]


class GroupC(Shown):
    """A section; a repeating one shows the leaves of one occurrence."""

    link_id: str
    text: str
    type: Literal["group"]
    repeats: bool
    min_occurs: int
    max_occurs: int
    item: list[ItemC]


class AnswerLeafC(Shown):
    link_id: str
    answer: list[AnswerObject] = absent()


class AnswerItemC(Shown):
    """A leaf, or one occurrence of a repeating group."""

    link_id: str
    answer: list[AnswerObject] = absent()
    item: list[AnswerLeafC] = absent()


class Answers(Shown):
    item: list[AnswerItemC]


class OpenQuestionC(Shown):
    link_id: str
    message: str
    path: str


class RequirementIssueC(Shown):
    code: str
    message: str
    field: str = absent()
    path: str = absent()
    severity: Severity


class RequirementsC(Shown):
    version: Version
    questions: list[OpenQuestionC]
    documents: list[DocumentRequirement]
    issues: list[RequirementIssueC]


class Resolution(Shown):
    kind: Literal["update_authorization", "confirm"]


class CoversC(Shown):
    prior_authorization_version: int
    requirements_version: int
    answers_version: int
    attachments_version: int
    review_snapshot_id: str = absent()


class NextActionC(Shown):
    id: str
    type: Literal["resolve_requirements", "continue_authorization", "approve_submission"]
    resolution: Resolution
    description: str
    created_at: Moment
    owner: Literal["customer"]
    expires_at: Moment = absent()
    covers: CoversC


class ReviewSnapshotC(SnapshotMembers):
    covers: CoversC
    kind: Literal["final_payer_submission"]
    answers: Answers


class SubmissionC(SubmissionMembers):
    review_snapshot: ReviewSnapshotC = absent()


class AuthorizationSummaryC(CaseMembers):
    """An authorization as lists show it."""

    status: StatusC
    policy: PolicyC
    request: ServiceRequest
    route: CaseRoute
    requirements: RequirementsC
    submission: SubmissionMembers
    next_action: NextActionC = absent()


class AuthorizationC(CaseMembers):
    status: StatusC
    policy: PolicyC
    request: ServiceRequest
    route: CaseRoute
    questionnaire: list[GroupC]
    answers: Answers
    requirements: RequirementsC
    attachments: list[Attachment]
    submission: SubmissionC
    next_action: NextActionC = absent()


class PreviewC(PreviewMembers):
    status: StatusC


class RouteC(Shown):
    payer_id: str
    payer_display_name: str
    coverage_state: str
    request_type: ServiceType
    supported_service_code_systems: list[CodeSystem]
    channel: str
    access_mode: Literal["managed"]
    label: str
    template_id: str
    template_version: Version
