"""Payer events that a tester makes up, as evidence (authorizations.md 11.3)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from priorbus.contracts.authorizations import Failure, ReasonCode
from priorbus.contracts.commands.requirements import Evidence
from priorbus.gateway.http.schema import Body, Findings

CHANNEL = "sandbox"
REVIEW_REASON = "https://codesystem.x12.org/external/886"
Members = dict[str, Any]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
DocumentType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""Public events name it, so it can not be free text."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


def _real_date(text: str) -> str:
    date.fromisoformat(text)
    return text


Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z"), AfterValidator(_real_date)]


class PayerEvent(Body):
    """What every event has. `event_id` makes it count once."""

    event_id: Word | None = None

    def members(self) -> Members:
        """What it says, as members of Evidence."""
        return {}


class _Documented(PayerEvent):
    document_file_id: Word | None = None

    def members(self) -> Members:
        return {"details": {"documentFileId": self.document_file_id}} if self.document_file_id else {}


class _Receipt(PayerEvent):
    type: Literal["receipt"]
    payer_reference_number: Word | None = None

    def members(self) -> Members:
        return {"kind": "receipt", "reference_number": self.payer_reference_number}


class _Certification(_Documented):
    certification_number: Word
    approved_start_date: Date
    approved_end_date: Date
    payer_reference_number: Word | None = None

    def members(self) -> Members:
        return super().members() | {
            "reference_number": self.payer_reference_number,
            "authorization_number": self.certification_number,
            "effective_from": _midnight(self.approved_start_date),
            "effective_to": _midnight(self.approved_end_date),
        }


class _Approval(_Certification):
    type: Literal["approval"]

    def members(self) -> Members:
        return super().members() | {"kind": "approved"}


class _Modification(_Certification):
    type: Literal["modification"]
    modifications: Annotated[list[Text], Field(min_length=1, max_length=50)]

    def members(self) -> Members:
        return super().members() | {"kind": "modified", "modifications": tuple(self.modifications)}


class _Denial(_Documented):
    type: Literal["denial"]
    denial_reason_code: Word
    denial_reason_message: Text

    def members(self) -> Members:
        code = ReasonCode(system=REVIEW_REASON, code=self.denial_reason_code, display=self.denial_reason_message)
        reasons = {"denial_reasons": (self.denial_reason_message,), "denial_reason_codes": (code,)}
        return super().members() | {"kind": "denied", **reasons}


class _MoreInformation(_Documented):
    type: Literal["more_info_request"]
    message: Text
    requested_documents: Annotated[list[DocumentType], Field(max_length=50)]
    resolution_hint: Text | None = None

    def members(self) -> Members:
        message = " ".join(filter(None, (self.message, self.resolution_hint)))
        asked = {"message": message, "document_types": tuple(dict.fromkeys(self.requested_documents))}
        return super().members() | {"kind": "information_request", **asked}


class _NotRequired(PayerEvent):
    type: Literal["not_required"]

    def members(self) -> Members:
        return {"kind": "not_required"}


class _Failure(PayerEvent):
    type: Literal["failure"]
    code: Word
    message: Text

    def members(self) -> Members:
        return {"kind": "failure", "failure": Failure(code=self.code, message=self.message)}


EVENTS: Mapping[str, type[PayerEvent]] = {
    "receipt": _Receipt,
    "approval": _Approval,
    "modification": _Modification,
    "denial": _Denial,
    "more_info_request": _MoreInformation,
    "not_required": _NotRequired,
    "failure": _Failure,
}


def read_payer_event(body: Any, findings: Findings) -> PayerEvent | None:
    """The body of an injection. Schema errors go to the findings."""
    if not findings.is_object(body, ()):
        return None
    kind = body.get("type")
    model = EVENTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        findings.add("invalid_value" if "type" in body else "missing", ("type",))
        return None
    return findings.validated(model, body)


def evidence_of(event: PayerEvent, received_at: datetime) -> Evidence:
    """The event as evidence."""
    return Evidence(channel=CHANNEL, received_at=received_at, **event.members())


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
