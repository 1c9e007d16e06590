"""Timestamps on the wire: RFC 3339, UTC, milliseconds, `Z` (Conventions 2)."""

import re
from datetime import UTC, datetime

_SECONDS_LENGTH = 19
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")


def wire_moment(stored: str) -> str:
    """A timestamp as contracts write it (UTC, up to microseconds) in wire form."""
    return f"{stored[:_SECONDS_LENGTH]}{stored[_SECONDS_LENGTH:-1].ljust(4, '0')[:4] if stored[_SECONDS_LENGTH] == '.' else '.000'}Z"


def parse_moment(text: str) -> datetime:
    """An RFC 3339 timestamp of a client, whatever its offset, in UTC. Raises ValueError."""
    if _RFC_3339.fullmatch(text) is None:
        raise ValueError("not of the form of RFC 3339")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("out of the calendar") from None


def format_moment(moment: datetime) -> str:
    """An aware datetime in wire form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def format_moment_if_any(moment: datetime | None) -> str | None:
    """The same for one that may be missing."""
    return None if moment is None else format_moment(moment)
