"""After attachments the payer looks again (fhir-pas.md 15, 16)."""

from collections.abc import Iterable

from priorbus.contracts.commands.fhir_pas import ReviewClaim
from priorbus.fhir_pas.domain.fhir_json import Resource

Labels = tuple[Resource | None, tuple[str, ...]]
"""The Code and the LineItems of one attachment."""


def review(authorization_id: str, submission_id: str, attachments: Iterable[Labels], *, final: bool) -> ReviewClaim:
    """After the attachments of one submission; codes and lines count only where every attachment names some."""
    labels = list(attachments)
    codes = [coding["code"] for code, _ in labels if code for coding in code.get("coding", ()) if "code" in coding]
    lines = [int(line) for _, named in labels for line in named if line.isascii() and line.isdigit()]
    return ReviewClaim(
        authorization_id=authorization_id,
        codes=tuple(codes) if all(code for code, _ in labels) else (),
        lines=tuple(lines) if all(named for _, named in labels) else (),
        final=final,
        attachments=submission_id,
    )
