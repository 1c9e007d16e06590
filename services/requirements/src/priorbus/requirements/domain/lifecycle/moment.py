"""Time and fresh ids as arguments, so that decisions stay pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """When a decision is taken, and where its new ids come from (`new_id("act")`)."""

    now: datetime
    new_id: Callable[[str], str]


def iso(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as public events write it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
