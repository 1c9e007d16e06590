"""What public events tell, by type (Conventions 10.3): ids, versions, states and codes, never PHI.

A change of meaning makes a new version.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from priorbus.contracts.authorizations import Outcome
from priorbus.contracts.model import CamelModel

Text = str | None


class PublicData(CamelModel):
    """The `data` of an event."""


class AuthorizationData(PublicData):
    """`status` and `statusC` are the state's names in the two wire styles."""

    id: str
    version: int
    status: Literal["requires_input", "requires_confirmation", "processing", "waiting_on_payer", "completed", "canceled"]
    status_c: Literal["requires_action", "processing", "waiting_on_payer", "completed", "canceled"]


class Confirmed(AuthorizationData):
    next_action_type: Text


class AnswersPatched(AuthorizationData):
    changed_count: int
    cleared_count: int


class AttachmentEvent(AuthorizationData):
    attachment_id: str
    file_id: str
    document_types: list[str]


class SubmissionEvent(AuthorizationData):
    attempt_number: int
    channel: str
    failure_code: Text = None


class ReceiptRecorded(AuthorizationData):
    has_reference_number: bool


class DecisionEvent(AuthorizationData):
    outcome: Outcome | None


class InformationRequested(AuthorizationData):
    document_types: list[str]


class LateEvidence(AuthorizationData):
    evidence_kind: str


class RequirementsChanged(AuthorizationData):
    """How many are open."""

    requirements_version: int
    questions: int
    documents: int
    issues: int


class SnapshotEvent(AuthorizationData):
    review_snapshot_id: str


class StatusChanged(AuthorizationData):
    from_: str = Field(alias="from")
    to: str


class ActionEvent(AuthorizationData):
    next_action_id: str
    type: str
    expires_at: Text = None


class SlaEvent(AuthorizationData):
    due_at: str


class FileEvent(PublicData):
    id: str
    status: Literal["pending_upload", "uploaded", "ready", "failed"]
    failure_code: Text = None


class PatientAttachmentEvent(PublicData):
    """Ids are int64 in a string."""

    id: str
    patient_id: str
    failure_code: Text = None


class ClaimEvent(PublicData):
    id: str
    submission_id: str
    claim_id: str
    claim_version_id: str


class ClaimSubmitted(ClaimEvent):
    base: str


class ItemAction(PublicData):
    sequence: int
    action: Text


class ClaimResponseUpdated(ClaimSubmitted):
    claim_response_id: str
    claim_response_version_id: str
    outcome: Text
    items: list[ItemAction]


class ClaimAttachmentAccepted(ClaimEvent):
    final: bool


class OperationCompleted(PublicData):
    id: str
    status: Literal["succeeded", "failed"]


class EndpointTested(PublicData):
    endpoint_id: str


class EndpointDisabled(PublicData):
    endpoint_id: str
    reason: Literal["requested", "gone", "failing"]


PUBLIC_EVENTS: Mapping[str, type[PublicData]] = {
    "authorization.created": AuthorizationData,
    "authorization.confirmed": Confirmed,
    "authorization.answers_patched": AnswersPatched,
    "attachment.added": AttachmentEvent,
    "attachment.removed": AttachmentEvent,
    "authorization.submission_attempted": SubmissionEvent,
    "authorization.submission_failed": SubmissionEvent,
    "authorization.payer_receipt_recorded": ReceiptRecorded,
    "authorization.decision_recorded": DecisionEvent,
    "authorization.information_requested": InformationRequested,
    "authorization.late_payer_evidence": LateEvidence,
    "authorization.requirements_changed": RequirementsChanged,
    "authorization.review_snapshot_stale": SnapshotEvent,
    "authorization.status_changed": StatusChanged,
    "authorization.next_action_superseded": ActionEvent,
    "authorization.next_action_expired": ActionEvent,
    "authorization.review_snapshot_generated": SnapshotEvent,
    "authorization.next_action_opened": ActionEvent,
    "authorization.completed": DecisionEvent,
    "authorization.canceled": DecisionEvent,
    "authorization.sla_due_soon": SlaEvent,
    "authorization.sla_breached": SlaEvent,
    **{f"file.{name}": FileEvent for name in ("created", "ready", "failed")},
    **{
        f"patient_attachment.{name}": PatientAttachmentEvent
        for name in ("created", "processed", "processing_failed", "updated", "archived")
    },
    "claim.submitted": ClaimSubmitted,
    "claim_response.updated": ClaimResponseUpdated,
    "claim_attachment.accepted": ClaimAttachmentAccepted,
    "operation.completed": OperationCompleted,
    "webhook_endpoint.test": EndpointTested,
    "webhook_endpoint.disabled": EndpointDisabled,
}
"""Every public event by its short type."""
