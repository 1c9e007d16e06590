"""Answers about authorizations that both styles share (authorizations.md 3)."""

from typing import Annotated, Literal

from pydantic import Field

from priorbus.contracts.authorizations import Outcome
from priorbus.gateway.openapi.model import FreeObject, Moment, Shown, absent

Version = Annotated[int, Field(ge=1)]
ServiceType = Literal["inpatient", "outpatient", "drug"]
CodeSystem = Literal["hcpcs", "cpt", "ndc"]
Severity = Literal["error", "warning"]
AnswerObject = FreeObject
"""One value such as `{"valueString": "x"}`."""


class Payer(Shown):
    id: str
    display_name: str
    supported_states: list[str]
    supported_service_types: list[ServiceType]
    aliases: list[str]
    status: Literal["active", "inactive"]
    brand: str = absent()
    line_of_business: str = absent()


class DocumentRequirement(Shown):
    type: str
    message: str


class Option(Shown):
    code: str
    display: str


class QuestionMembers(Shown):
    """Members of an item that are the same in both styles; text and flags are those of the present state."""

    link_id: str
    text: str
    required: bool
    options: list[Option] = absent()
    pattern: str = absent()
    max_length: int = absent()
    min: str = absent()
    max: str = absent()
    error_message: str = absent()
    mode: Literal["editable", "hidden", "read_only", "computed"]
    default_value: AnswerObject
    required_when: FreeObject
    not_allowed_when: FreeObject
    values_when: FreeObject
    text_when: FreeObject
    active: bool
    max_answers: int


class Attachment(Shown):
    id: str
    file_id: str
    created_at: Moment
    document_types: list[str]
    label: str = absent()
    description: str = absent()


class PayerReceipt(Shown):
    received_at: Moment
    reference_number: str = absent()
    channel: Literal["fhir_pas", "sandbox", "x12_278", "portal", "fax", "phone", "manual"]
    payer_status_text: str = absent()
    details: FreeObject


class ReasonCode(Shown):
    system: str
    code: str
    display: str | None = absent()


class DecidedItem(Shown):
    service_code: str
    decision: str
    approved_quantity: str = absent()
    unit: str = absent()
    from_: Annotated[str, Field(alias="from")] = absent()
    to: str = absent()
    reason_codes: list[str] = absent()


class Decision(Shown):
    received_at: Moment
    authorization_number: str = absent()
    payer_status_text: str = absent()
    effective_from: Moment = absent()
    effective_to: Moment = absent()
    modifications: list[str]
    denial_reasons: list[str]
    denial_reason_codes: list[ReasonCode]
    items: list[DecidedItem]
    details: FreeObject


class ReviewSummary(Shown):
    payer_name: str
    service_code: str
    service_type: ServiceType
    diagnosis_codes: list[str]
    document_types: list[str]
    is_urgent: bool


class SnapshotMembers(Shown):
    """Members of a review snapshot that are the same in both styles."""

    id: str
    generated_at: Moment
    status: Literal["current", "stale"]
    summary: ReviewSummary
    attachments: list[Attachment]
    warnings: list[str]


class SubmissionMembers(Shown):
    payer_receipt: PayerReceipt = absent()
    decision: Decision = absent()


class Sla(Shown):
    kind: Literal["expedited", "standard"]
    started_at: Moment
    due_at: Moment


class Failure(Shown):
    code: str
    message: str


class CaseMembers(Shown):
    """Members of an authorization that are the same in both styles."""

    id: str
    version: Version
    outcome: Outcome | None
    provider_npi: str
    payer: Payer
    metadata: dict[str, str]
    sla: Sla = absent()
    failure: Failure = absent()
    created_at: Moment
    updated_at: Moment
    completed_at: Moment | None
    canceled_at: Moment | None


class TimelineEntry(Shown):
    id: str
    sequence: Annotated[int, Field(ge=1)]
    type: str
    timestamp: Moment
    actor: Literal["customer", "system", "payer"]
    payload: FreeObject


class PreviewIssue(Shown):
    field: str
    path: str = absent()
    code: str
    message: str
    severity: Severity
    blocking: bool
    rule_type: Literal["required", "pattern", "range", "option", "condition", "document", "rule"]
    related_keys: list[str]


class QuestionState(Shown):
    link_id: str
    path: str = absent()
    enabled: bool
    required: bool
    answered: bool
    blocking: bool


class DocumentRequest(Shown):
    type: str
    message: str
    satisfied: bool


class PreviewMembers(Shown):
    submittable: bool
    authorization_version: Version
    requirements_version: Version
    validation_issues: list[PreviewIssue]
    question_states: list[QuestionState]
    supporting_document_requests: list[DocumentRequest]
