"""The File aggregate of the storage service (authorizations.md 8.1)."""

from datetime import datetime
from typing import Literal

from priorbus.contracts.authorizations import Failure
from priorbus.contracts.model import Model

ContentType = Literal["application/pdf", "image/jpeg", "image/png"]
FileStatus = Literal["pending_upload", "uploaded", "ready", "failed", "removed"]
"""`removed` is never shown: retention has ended, only the record of that is left."""


class File(Model):
    """Uploaded bytes and what is known of them. `storage_key` is the final key once ready, the quarantine key before."""

    id: str
    tenant: str
    version: int
    status: FileStatus
    file_name: str
    content_type: ContentType
    purpose: Literal["authorization_attachment"]
    declared_size: int | None = None
    size_bytes: int | None = None
    checksum_sha256: str | None = None
    upload_expires_at: datetime
    storage_key: str
    failure: Failure | None = None
    scan: Literal["not_scanned", "clean", "infected"] = "not_scanned"
    warnings: tuple[str, ...] = ()
    created_at: datetime
    completed_at: datetime | None = None
