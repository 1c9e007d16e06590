"""What a client says of a content, and what the stored bytes say (fhir-pas.md 17): a disagreement is a warning."""

from collections.abc import Iterable, Iterator, Mapping

from priorbus.contracts.documents import Document
from priorbus.fhir_pas.domain.attachments.request import fhirpath, inline_attachments
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue


def disagreements(contents: Iterable[tuple[Resource, str]], documents: Mapping[str, Document]) -> Iterator[Issue]:
    """One warning for each wrong content type or hash in resources with their JSON Pointers; `documents` are by JSON Pointer."""
    for content, place in contents:
        for attachment, pointer in inline_attachments(content, place):
            document = documents.get(pointer)
            if document is not None:
                root = "Bundle" if pointer.startswith("/entry/") else "Parameters"
                for diagnostics in _said(document, str(attachment.get("contentType", "")), str(attachment.get("hash", ""))):
                    yield Issue("", "warning", "value", "Attachment says something else", diagnostics, root + fhirpath(pointer))


def _said(document: Document, content_type: str, given_hash: str) -> Iterator[str]:
    if content_type and document.detected_type and content_type.partition(";")[0].strip().lower() != document.detected_type:
        yield "the content is of another type than contentType says"
    if given_hash and given_hash != document.sha1:
        yield "hash is not the SHA-1 of the content"
