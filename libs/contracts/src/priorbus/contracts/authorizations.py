"""The Authorization aggregate as it is stored by its owner, carried by facts and projected by the gateway (authorizations.md 3 to 5)."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from priorbus.contracts.model import Model
from priorbus.contracts.replies import Issue
from priorbus.contracts.templates import CodeSystem, Payer, ServiceType

State = Literal["requires_input", "advance", "approve", "preparing", "submitting", "waiting_on_payer", "completed", "canceled"]
"""The internal states; `advance` and `approve` are requires_confirmation, `preparing` and `submitting` are processing (4.1)."""
Outcome = Literal["approved", "denied", "modified", "not_required", "failed"]
ActionType = Literal["provide_requirements", "advance_case", "approve_submission"]
Scalar = str | bool
"""A stored answer value: text, ISO date, option code and exact decimal (plain notation) are strings."""
Occurrence = dict[str, tuple[Scalar, ...]]
"""Answers of one occurrence of a repeating group by leaf name."""
Answers = dict[str, tuple[Scalar, ...] | tuple[Occurrence, ...]]
"""Normalised answers in questionnaire order: by linkId, or by group id for repeating groups. Unanswered items are absent."""


class Selection(Model):
    """What a case asks for: the pinned route and code (3.2 templateSelection, request)."""

    payer_id: str
    state: str
    service_type: ServiceType
    service_code: str
    service_code_system: CodeSystem


class Route(Model):
    """How the payer is reached (style C `route`)."""

    channel: str
    access_mode: str = "managed"
    label: str


class ItemSurface(Model):
    """Where an item deviates from its template in the present state; None means as in the template (active, required, all options)."""

    active: bool | None = None
    required: bool | None = None
    text: str | None = None
    options: tuple[str, ...] | None = None


class Question(Model):
    """A question that blocks. `link_id` is flat (`diagnoses.0.code`)."""

    link_id: str
    message: str


class DocumentRequirement(Model):
    """A document type that is still missing."""

    type: str
    message: str


class Requirements(Model):
    """Unresolved blockers and warnings (5.6); `version` grows when the set changes."""

    version: int
    questions: tuple[Question, ...] = ()
    documents: tuple[DocumentRequirement, ...] = ()
    issues: tuple[Issue, ...] = ()


class Attachment(Model):
    """A ready file linked to the authorization, with the facts of the file that decisions need."""

    id: str
    file_id: str
    created_at: datetime
    document_types: tuple[str, ...]
    label: str | None = None
    description: str | None = None
    content_type: str
    size_bytes: int
    checksum_sha256: str
    storage_key: str


class NextAction(Model):
    """The open action (3.2)."""

    id: str
    type: ActionType
    description: str
    authorization_version: int
    requirements_version: int
    answers_version: int
    attachments_version: int
    created_at: datetime
    review_snapshot_id: str | None = None
    expires_at: datetime | None = None


class Covers(Model):
    """The versions a review snapshot shows (4.4)."""

    authorization_version: int
    requirements_version: int
    answers_version: int
    attachments_version: int


class ReviewSnapshot(Model):
    """Frozen view of what would be sent; `answers` as in the aggregate."""

    id: str
    generated_at: datetime
    covers: Covers
    status: Literal["current", "stale"]
    summary: dict[str, Any]
    answers: Answers
    attachments: tuple[Attachment, ...]
    warnings: tuple[str, ...] = ()
    expires_at: datetime | None = None


class PayerReceipt(Model):
    """The payer has the request."""

    received_at: datetime
    channel: str
    reference_number: str | None = None
    payer_status_text: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)


class ReasonCode(Model):
    """A coded reason of a denial."""

    system: str
    code: str
    display: str


class DecidedItem(Model):
    """The payer's decision on one service line."""

    service_code: str
    decision: str
    approved_quantity: str | None = None
    unit: str | None = None
    from_: str | None = None
    to: str | None = None
    reason_codes: tuple[str, ...] = ()


class Decision(Model):
    """The payer's final word (3.2)."""

    received_at: datetime
    authorization_number: str | None = None
    payer_status_text: str | None = None
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    modifications: tuple[str, ...] = ()
    denial_reasons: tuple[str, ...] = ()
    denial_reason_codes: tuple[ReasonCode, ...] = ()
    items: tuple[DecidedItem, ...] = ()
    details: dict[str, Any] = Field(default_factory=dict)


class Sla(Model):
    """The payer's legal deadline, set once by the first receipt (4.5)."""

    kind: Literal["expedited", "standard"]
    started_at: datetime
    due_at: datetime


class Failure(Model):
    """Why a case ended without a decision."""

    code: str
    message: str


class WorkItem(Model):
    """The system's current task for the case; results of another one are dropped (4.3.5).

    `attempt` counts granted permits over the case's life.
    """

    id: str
    attempt: int = 0
    permitted: bool = False


class Finding(Model):
    """Something preparation found missing, remembered for every recomputation (4.3.4)."""

    document_type: str
    message: str


class PayerRequest(Model):
    """The payer asked for more (5.6): documents, or a question when `document_types` is empty. `number` counts from 1."""

    number: int
    requested_at: datetime
    message: str
    document_types: tuple[str, ...] = ()


class Authorization(Model):
    """The aggregate. `version` is the optimistic-concurrency version; `sequence` is the number of the last timeline entry.

    `submitted_work` is the work item whose permit was granted last: what the payer says about it counts even after a newer confirm.
    """

    id: str
    tenant: str
    version: int
    state: State
    outcome: Outcome | None = None
    policy: Literal["automatic", "approval"]
    provider_npi: str
    payer: Payer
    selection: Selection
    portal_auth_mode: Literal["automated", "customer_login"] = "automated"
    route: Route
    template_id: str
    template_version: int
    answers: Answers
    surface: dict[str, ItemSurface]
    requirements: Requirements
    attachments: tuple[Attachment, ...] = ()
    next_action: NextAction | None = None
    review_snapshot: ReviewSnapshot | None = None
    receipt: PayerReceipt | None = None
    decision: Decision | None = None
    failure: Failure | None = None
    sla: Sla | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    answers_version: int = 1
    attachments_version: int = 1
    sequence: int = 0
    work: WorkItem | None = None
    submitted_work: str | None = None
    attempts: int = 0
    findings: tuple[Finding, ...] = ()
    payer_requests: tuple[PayerRequest, ...] = ()
    evidence: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
