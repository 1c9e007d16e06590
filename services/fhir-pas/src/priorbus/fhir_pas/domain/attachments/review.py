"""After attachments the payer looks again (fhir-pas.md 15, 16)."""

from collections.abc import Iterable

from priorbus.contracts.commands.fhir_pas import ReceivedDocument, ReviewClaim
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import WantedDocument

Labels = tuple[Resource | None, tuple[str, ...]]
"""The Code and the LineItems of one attachment."""


def review(authorization_id: str, submission_id: str, attachments: Iterable[Labels], *, final: bool) -> ReviewClaim:
    """After the attachments of one submission."""
    return ReviewClaim(
        authorization_id=authorization_id,
        received=tuple(ReceivedDocument(codes=_codes(code), lines=lines) for code, lines in attachments),
        final=final,
        attachments=submission_id,
    )


def brings(command: ReviewClaim, wanted: WantedDocument) -> bool:
    """Whether one of the attachments has the code that was asked for, or none, and is for its line, or for no line in particular."""
    together = ReceivedDocument(codes=command.codes, lines=tuple(str(line) for line in command.lines))
    return any(_answers(one, wanted) for one in command.received or (together,))


def _answers(received: ReceivedDocument, wanted: WantedDocument) -> bool:
    fits_code = not received.codes or wanted.code in received.codes
    fits_line = not received.lines or wanted.line is None or wanted.line in _numbers(received.lines)
    return fits_code and fits_line


def _codes(concept: Resource | None) -> tuple[str, ...]:
    return tuple(coding["code"] for coding in (concept or {}).get("coding", ()) if "code" in coding)


def _numbers(lines: Iterable[str]) -> set[int]:
    return {int(line) for line in lines if line.isascii() and line.isdigit()}
