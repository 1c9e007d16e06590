"""Inline content of a `$submit` request goes to storage before anything refers to it (fhir-pas.md 8, step 6, and 17)."""

from collections.abc import Mapping

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.domain.attachments.inline import inline_content
from priorbus.fhir_pas.domain.attachments.request import inline_attachments
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.fhir_pas.handlers.considering import Considered
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import ContentNotStored

_REFUSED = Rejection(422, (Issue("", "error", "security", "Content refused", "the scanner refused a content", ""),), "content_refused")
_AWAY = Rejection(503, (Issue("", "error", "transient", "Content could not be kept", "nothing was stored; send the request again", ""),))


async def move_contents(
    command: SubmitClaim, considered: Considered, envelope: Envelope, tools: Tools
) -> Mapping[str, Document] | Rejection:
    """All contents at once, by JSON Pointer of their attachments in the request."""
    found = [
        (place, inline_content(considered.submission_id, place, attachment, command.body_key))
        for position, entry in enumerate(considered.validated.bundle["entry"])
        for attachment, place in inline_attachments(entry["resource"], f"/entry/{position}/resource")
        if "data" in attachment
    ]
    if not found:
        return {}
    try:
        documents = await tools.contents.store(envelope, [content for _, content in found])
    except ContentNotStored as error:
        return _REFUSED if str(error) == "content_refused" else _AWAY
    return {place: document for (place, _), document in zip(found, documents, strict=True)}
