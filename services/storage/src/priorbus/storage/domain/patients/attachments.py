"""The life of a patient attachment: received, then processed or failed (patient-attachments.md 6)."""

from datetime import datetime
from typing import Literal

from priorbus.contracts.authorizations import Failure
from priorbus.contracts.commands.patients import Members
from priorbus.contracts.events import Event
from priorbus.contracts.patients import PatientAttachment
from priorbus.storage.domain.patients.content import Content, ContentFault, shown_name
from priorbus.storage.domain.patients.keys import upload_key
from priorbus.storage.domain.patients.records import changed

_MESSAGES: dict[ContentFault, str] = {
    "object_missing": "The uploaded document is no longer there.",
    "object_empty": "The uploaded document is empty.",
    "object_too_large": "The uploaded document is too large.",
    "infected": "The uploaded document was refused by the scanner.",
}


def processed(attachment: PatientAttachment, content: Content, now: datetime) -> PatientAttachment:
    """The record once its bytes are at their final place."""
    key = upload_key(attachment.upload_key)
    values = {
        "status": "processed",
        "filename": shown_name(key.file_name if key else ""),
        "content_type": content.content_type,
        "size": content.size,
        "sha256": content.sha256,
        "processed_at": now,
    }
    return changed(attachment, values, now)


def failed(attachment: PatientAttachment, code: ContentFault, now: datetime) -> PatientAttachment:
    """The record once it is clear that there will be no content."""
    return changed(attachment, {"status": "failed", "processing_error": Failure(code=code, message=_MESSAGES[code])}, now)


def updated(attachment: PatientAttachment, members: Members, now: datetime) -> PatientAttachment:
    """The record after a change of description or pin; a pinned one keeps its time."""
    values: dict[str, object] = {name: value for name, value in members.items() if name == "description"}
    if "pinned" in members:
        values["pinned_at"] = (attachment.pinned_at or now) if members["pinned"] else None
    return changed(attachment, values, now)


def event(
    attachment: PatientAttachment, short: Literal["created", "processed", "processing_failed", "updated", "archived"], now: datetime
) -> Event:
    """The public event of a write (patient-attachments.md 13): ids as texts and a failure code, nothing that anybody wrote."""
    data = {"id": str(attachment.id), "patientId": str(attachment.patient_id)}
    if short == "processing_failed" and attachment.processing_error is not None:
        data["failureCode"] = attachment.processing_error.code
    actor: Literal["customer", "system"] = "system" if short.startswith("process") else "customer"
    return Event(type=f"patient_attachment.{short}", sequence=attachment.version, at=now, actor=actor, data=data)
