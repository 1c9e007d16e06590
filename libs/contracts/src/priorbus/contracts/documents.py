"""Content of FHIR resources that is kept in the object store (fhir-pas.md 17)."""

from datetime import datetime

from priorbus.contracts.model import Model


class StoredContent(Model):
    """Bytes that resources of FHIR name as Binary. `client` is who brought them, empty for what came by another way than FHIR.

    `storage_key` is where the bytes are.
    """

    id: str
    client: str
    content_type: str
    size_bytes: int
    storage_key: str
    created_at: datetime


class Document(StoredContent):
    """Bytes that were taken out of a resource, and what is known of them; `detected_type` is None when the bytes tell nothing.

    `sha256` is lower-case hex, `sha1` base64, as `Attachment.hash` wants it.
    """

    detected_type: str | None = None
    sha256: str
    sha1: str
    kept: bool = False
