"""The life of a File: pending_upload, then ready or failed (authorizations.md 8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from priorbus.contracts.authorizations import Failure
from priorbus.contracts.errors import ERRORS
from priorbus.contracts.events import Event
from priorbus.contracts.files import ContentType, File
from priorbus.contracts.replies import Issue, Refusal
from priorbus.storage.domain.content_types import extension_fits, is_content_type
from priorbus.storage.domain.file_names import extension, sanitised
from priorbus.storage.domain.inspection import INFECTED, Accepted
from priorbus.storage.domain.keys import final_key

PURPOSE: Literal["authorization_attachment"] = "authorization_attachment"
UPLOAD_EXPIRED = "upload_expired"
_EXPIRED = "The file was not uploaded in time."


@dataclass(frozen=True)
class Description:
    """What a client said about a file, once it has passed every check of 8.2."""

    file_name: str
    content_type: ContentType
    declared_size: int | None


def describe(file_name: str, content_type: str, purpose: str, declared_size: int | None, *, max_bytes: int) -> Description | Refusal:
    """Check a creation in the order of the table of 8.3."""
    name = sanitised(file_name)
    issues = _shape_issues(name, purpose, declared_size)
    if name is None or issues:
        return Refusal(code="bad_request", issues=issues)
    if not is_content_type(content_type):
        return Refusal(code="unsupported_content_type")
    if not extension_fits(extension(name), content_type):
        return Refusal(code="file_extension_mismatch")
    if declared_size is not None and declared_size > max_bytes:
        return Refusal(code="file_too_large", details={"maxBytes": max_bytes, "actualBytes": declared_size})
    return Description(name, content_type, declared_size)


def _shape_issues(name: str | None, purpose: str, declared_size: int | None) -> tuple[Issue, ...]:
    issues: list[Issue] = []
    if name is None:
        issues.append(_invalid("/fileName", "The file name must leave 1 to 255 bytes once directories and control characters are removed."))
    if purpose != PURPOSE:
        issues.append(_invalid("/purpose", "The purpose is not known."))
    if declared_size is not None and declared_size < 0:
        issues.append(_invalid("/sizeBytes", "The size must not be negative."))
    return tuple(issues)


def _invalid(pointer: str, text: str) -> Issue:
    return Issue(code="invalid_value", message=text, field=pointer)


def created(file_id: str, tenant: str, description: Description, *, key: str, now: datetime, upload_expires_at: datetime) -> File:
    """A file that waits for its upload under the quarantine key."""
    return File(
        id=file_id,
        tenant=tenant,
        version=1,
        status="pending_upload",
        file_name=description.file_name,
        content_type=description.content_type,
        purpose=PURPOSE,
        declared_size=description.declared_size,
        upload_expires_at=upload_expires_at,
        storage_key=key,
        created_at=now,
    )


def uploaded(file: File) -> File:
    """The file while a completion is looking at its bytes (8.3.1)."""
    return file.model_copy(update={"version": file.version + 1, "status": "uploaded"})


def pending(file: File) -> File:
    """The file after a completion that could not finish."""
    return file.model_copy(update={"version": file.version + 1, "status": "pending_upload"})


def removed(file: File) -> File:
    """The file after its retention. What could identify a person goes with the bytes."""
    return file.model_copy(update={"version": file.version + 1, "status": "removed", "file_name": "", "checksum_sha256": None})


def awaits_upload(file: File) -> bool:
    """Whether a completion still decides about the file."""
    return file.status in ("pending_upload", "uploaded")


def ready(file: File, accepted: Accepted, now: datetime) -> File:
    """The file after its bytes passed."""
    return file.model_copy(
        update={
            "version": file.version + 1,
            "status": "ready",
            "size_bytes": accepted.size_bytes,
            "checksum_sha256": accepted.sha256,
            "warnings": accepted.warnings,
            "scan": accepted.scan,
            "storage_key": final_key(file.tenant, file.id),
            "completed_at": now,
        }
    )


def failed(file: File, code: str) -> File:
    """The file after its bytes were refused, or never came. It stays unusable."""
    message = ERRORS[code].message if code in ERRORS else _EXPIRED
    scan = "infected" if code == INFECTED else file.scan
    failure = Failure(code=code, message=message)
    return file.model_copy(update={"version": file.version + 1, "status": "failed", "failure": failure, "scan": scan})


def event(file: File, short: Literal["created", "ready", "failed"], now: datetime, *, actor: Literal["customer", "system"]) -> Event:
    """The public event of a file's write (Conventions 10.3): id, status and failure code, no name."""
    data = {"id": file.id, "status": file.status}
    if file.failure is not None:
        data["failureCode"] = file.failure.code
    return Event(type=f"file.{short}", sequence=file.version, at=now, actor=actor, data=data)
