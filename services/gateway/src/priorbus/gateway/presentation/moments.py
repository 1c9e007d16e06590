"""Timestamps on the wire: RFC 3339, UTC, milliseconds, `Z` (Conventions 2)."""

from datetime import UTC, datetime

_SECONDS_LENGTH = 19


def wire_moment(stored: str) -> str:
    """A timestamp as contracts write it (UTC, up to microseconds) in wire form."""
    return f"{stored[:_SECONDS_LENGTH]}{stored[_SECONDS_LENGTH:-1].ljust(4, '0')[:4] if stored[_SECONDS_LENGTH] == '.' else '.000'}Z"


def parse_moment(text: str) -> datetime:
    """An RFC 3339 timestamp of a client, whatever its offset, in UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text.upper():
        raise ValueError("no offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of the calendar") from None


def format_moment(moment: datetime) -> str:
    """An aware datetime in wire form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
