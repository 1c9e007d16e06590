"""The rules an installation may set (authorizations.md section 13)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """Deadlines and limits. `safety_gate` makes every case stop for approval before submission."""

    review_ttl: timedelta = timedelta(days=7)
    sla_expedited: timedelta = timedelta(hours=72)
    sla_standard: timedelta = timedelta(days=7)
    safety_gate: bool = False
    max_bytes: int = 104_857_600
    max_attachments: int = 50
