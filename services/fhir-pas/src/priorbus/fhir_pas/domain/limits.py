"""How large requests may be (fhir-pas.md 26)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Most `entries` of a Bundle, `items` of all its Claims, `attachments` of a call, and decoded bytes of each attachment."""

    entries: int = 1000
    items: int = 500
    attachments: int = 10
    attachment_bytes: int = 20 * 1024 * 1024


LIMITS = Limits()
"""Where neither the deployment nor the tenant says otherwise."""
