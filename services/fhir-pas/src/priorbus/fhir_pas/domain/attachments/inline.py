"""Base64 content of a request as the storage service is told of it (fhir-pas.md 17)."""

from priorbus.contracts.commands.storage import StoreInlineContent
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import uuid_of

INLINE_CHARACTERS = 256 * 1024


def inline_content(owner_id: str, pointer: str, attachment: Resource, body_key: str | None) -> StoreInlineContent:
    """The content of an attachment at this JSON Pointer; large ones are read from the stored body by the storage service.

    `owner_id` is the submission's, so that the same request stores the same document.
    """
    data = str(attachment["data"])
    by_reference = body_key is not None and len(data) > INLINE_CHARACTERS
    return StoreInlineContent(
        document_id=uuid_of("document", owner_id, pointer),
        content_type=str(attachment.get("contentType", "application/octet-stream")),
        data=None if by_reference else data,
        body_key=body_key if by_reference else None,
        pointer=f"{pointer}/data" if by_reference else "",
    )
