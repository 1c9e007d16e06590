"""What the requirements service can be told and asked."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from priorbus.contracts.authorizations import DecidedItem, Failure, Finding, ReasonCode, Route, Selection
from priorbus.contracts.files import File
from priorbus.contracts.messages import Command, Query, message
from priorbus.contracts.model import Model
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import CodeSystem, ServiceType

Addressing = Literal["flat", "nested"]
"""How linkIds of repeating groups are written: `diagnoses.0.code` (style B) or one item per occurrence with leaf names (style C)."""


class AnswerValue(Model):
    """One answer object, its kind already read from the wire; `invalid` when it had not exactly one well-typed value member."""

    kind: Literal["string", "boolean", "date", "decimal", "coding", "invalid"]
    value: str | bool | None = None


class AnswerItem(Model):
    """One answered item of a request. `values` is empty when the answer is to be cleared; `items` holds nested items (style C)."""

    link_id: str
    values: tuple[AnswerValue, ...] = ()
    items: tuple["AnswerItem", ...] | None = None


class AnswerSet(Model):
    """Answers as a client sent them, in body order."""

    addressing: Addressing
    items: tuple[AnswerItem, ...]


class AuthorizationCommand(Command):
    """A write to one authorization: `expected_version` is the client's If-Match.

    `schema_refusal` replaces the payload when the body was bad (Conventions 4.2).
    """

    authorization_id: str
    expected_version: int
    schema_refusal: Refusal | None = None


class CaseRequest(Model):
    """What a new case asks for (authorizations.md 10.1), both styles translated."""

    provider_npi: str
    selection: Selection
    policy: Literal["automatic", "approval"]
    portal_auth_mode: Literal["automated", "customer_login"] = "automated"
    answers: AnswerSet | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


@message("requirements.create_authorization")
class CreateAuthorization(Command):
    """Open a case under an id that the gateway minted. `schema_refusal` stands in place of `case` when the body was bad."""

    authorization_id: str
    case: CaseRequest | None = None
    schema_refusal: Refusal | None = None


@message("requirements.patch_answers")
class PatchAnswers(AuthorizationCommand):
    """Merge a partial answer set (authorizations.md 5.3)."""

    answers: AnswerSet | None = None


@message("requirements.add_attachment")
class AddAttachment(AuthorizationCommand):
    """Link a file. `file` is the file as the gateway read it in the caller's tenant, None when there is none (file_not_found)."""

    attachment_id: str
    file_id: str = ""
    file: File | None = None
    document_types: tuple[str, ...] = ()
    label: str | None = None
    description: str | None = None


@message("requirements.remove_attachment")
class RemoveAttachment(AuthorizationCommand):
    """Unlink an attachment."""

    attachment_id: str


@message("requirements.release_file")
class ReleaseFile(Command):
    """Let go of a file, unless it is attached somewhere or was after `unused_since`: then `storage.remove_file` follows.

    From then on the file can not be attached any more.
    """

    file_id: str
    unused_since: datetime


@message("requirements.confirm_authorization")
class ConfirmAuthorization(AuthorizationCommand):
    """Carry out the open action (authorizations.md 10.2); `style` decides which members are demanded."""

    style: Literal["B", "C"]
    next_action_id: str | None = None
    accepted_review_snapshot_id: str | None = None


@message("requirements.cancel_authorization")
class CancelAuthorization(AuthorizationCommand):
    """Stop future work, locally (authorizations.md 10.3)."""

    reason: str | None = None


@message("requirements.register_provider")
class RegisterProvider(Command):
    """Add a provider to the tenant (authorizations.md 7.2). `schema_refusal` replaces the payload when the body was bad."""

    npi: str = ""
    display_name: str = ""
    tax_id: str | None = None
    status: Literal["active", "inactive"] = "active"
    metadata: dict[str, str] = Field(default_factory=dict)
    schema_refusal: Refusal | None = None


@message("requirements.complete_preparation")
class CompletePreparation(Command):
    """fhir-pas reports the end of preparation: new findings (P1), or a clean package (P2, P3)."""

    authorization_id: str
    work_item_id: str
    findings: tuple[Finding, ...] = ()
    summary: dict[str, Any] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@message("requirements.grant_permit")
class GrantPermit(Command):
    """fhir-pas asks to contact the payer for this attempt, by this channel (authorizations.md 4.6)."""

    authorization_id: str
    work_item_id: str
    attempt: int
    channel: str = "fhir_pas"


@message("requirements.record_failed_attempt")
class RecordFailedAttempt(Command):
    """A permitted attempt could not reach the payer; for the timeline."""

    authorization_id: str
    work_item_id: str
    attempt: int
    failure_code: str
    channel: str = "fhir_pas"


class Evidence(Model):
    """What the payer connector learned (P4 to P8). `kind` decides which members are set."""

    kind: Literal["receipt", "information_request", "approved", "denied", "modified", "not_required", "failure"]
    channel: str
    received_at: datetime
    reference_number: str | None = None
    payer_status_text: str | None = None
    authorization_number: str | None = None
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    modifications: tuple[str, ...] = ()
    denial_reasons: tuple[str, ...] = ()
    denial_reason_codes: tuple[ReasonCode, ...] = ()
    items: tuple[DecidedItem, ...] = ()
    message: str | None = None
    document_types: tuple[str, ...] = ()
    failure: Failure | None = None
    details: dict[str, str] = Field(default_factory=dict)


@message("requirements.inject_payer_event")
class InjectPayerEvent(Command):
    """Sandbox: let the payer say something now (authorizations.md 11.3). The same `event_id` counts once.

    `schema_refusal` replaces `evidence` when the body was bad.
    """

    authorization_id: str
    event_id: str
    evidence: Evidence | None = None
    schema_refusal: Refusal | None = None


@message("requirements.expire_review")
class ExpireReview(Command):
    """Timer T1: the review snapshot's time is over."""

    authorization_id: str
    review_snapshot_id: str


@message("requirements.announce_sla")
class AnnounceSla(Command):
    """Timer: the payer's deadline is near or over."""

    authorization_id: str
    milestone: Literal["due_soon", "breached"]


@message("requirements.read_template")
class ReadTemplate(Query):
    """Ask for one template version; the result is the Template as JSON (camelCase)."""

    template_id: str
    version: int


@message("requirements.preview_authorization")
class PreviewAuthorization(Query):
    """Readiness of a case, `answers` merged hypothetically (authorizations.md 10.5).

    `schema_refusal` replaces `answers` when the body was bad. The result is `{"authorization_version", "requirements_version", "state",
    "submittable", "issues", "questions", "documents"}`, linkIds flat.
    """

    authorization_id: str
    answers: AnswerSet | None = None
    schema_refusal: Refusal | None = None


class ResolvedRoute(Model):
    """One way to a payer (authorizations.md 7.3): for a selection, or as one of all that a provider has."""

    payer_id: str
    payer_display_name: str
    state: str
    service_type: ServiceType
    service_code_systems: tuple[CodeSystem, ...]
    route: Route
    portal_auth_modes: tuple[str, ...]
    template_id: str
    template_version: int


@message("requirements.resolve_route")
class ResolveRoute(Query):
    """The route that a new case would get, refused for the same reasons as the case; the result is a ResolvedRoute."""

    provider_npi: str
    selection: Selection
    portal_auth_mode: Literal["automated", "customer_login"] = "automated"


@message("requirements.list_routes")
class ListRoutes(Query):
    """Every route of a provider; None fits all. The result is `{"routes": [ResolvedRoute]}` in a stable order."""

    provider_npi: str
    payer_id: str | None = None
    state: str | None = None
    service_type: ServiceType | None = None


@message("requirements.restate")
class Restate(Command):
    """Say the state of one aggregate again, for projections that are made anew."""

    collection: str
    key: str
