"""What a client says of a content, and what the stored bytes say (fhir-pas.md 17): a disagreement is a warning."""

from collections.abc import Iterable, Iterator, Mapping

from priorbus.contracts.documents import Document
from priorbus.fhir_pas.domain.attachments.request import Attachment, inline_attachments
from priorbus.fhir_pas.domain.issues import Issue


def disagreements(attachments: Iterable[Attachment], documents: Mapping[str, Document]) -> Iterator[Issue]:
    """One warning for each wrong content type or hash; `documents` are by JSON Pointer."""
    for one in attachments:
        for attachment, pointer in inline_attachments(one.content, one.pointer):
            document = documents.get(pointer)
            if document is not None:
                yield from _said(document, str(attachment.get("contentType", "")), str(attachment.get("hash", "")))


def _said(document: Document, content_type: str, given_hash: str) -> Iterator[Issue]:
    if content_type and document.detected_type and content_type.partition(";")[0].strip().lower() != document.detected_type:
        yield _warning("value", "the content is of another type than contentType says")
    if given_hash and given_hash != document.sha1:
        yield _warning("value", "hash is not the SHA-1 of the content")


def _warning(code: str, diagnostics: str) -> Issue:
    return Issue("", "warning", code, "Attachment says something else", diagnostics, "")
