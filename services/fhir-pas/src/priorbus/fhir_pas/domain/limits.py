"""How large requests may be (fhir-pas.md 26)."""

from dataclasses import dataclass
from typing import Final

LEAST_RETENTION_MONTHS: Final = 6
MOST_RETENTION_MONTHS: Final = 1200


@dataclass(frozen=True, slots=True)
class Limits:
    """Most `entries` of a Bundle, `items` of all its Claims, `attachments` of a call, decoded bytes of each attachment, bytes of a body."""

    entries: int = 1000
    items: int = 500
    attachments: int = 10
    attachment_bytes: int = 20 * 1024 * 1024
    body_bytes: int = 50 * 1024 * 1024


LIMITS = Limits()
"""Where neither the deployment nor the tenant says otherwise."""
