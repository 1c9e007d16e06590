"""Content of FHIR resources that is kept in the object store (fhir-pas.md 17)."""

from datetime import datetime

from priorbus.contracts.model import Model


class Document(Model):
    """Stored bytes and what is known of them. `client` is who brought them; `detected_type` is None when the bytes tell nothing.

    `storage_key` is where the bytes are. `sha256` is lower-case hex, `sha1` base64, as `Attachment.hash` wants it.
    """

    id: str
    client: str
    content_type: str
    detected_type: str | None = None
    size_bytes: int
    sha256: str
    sha1: str
    storage_key: str
    kept: bool = False
    created_at: datetime
