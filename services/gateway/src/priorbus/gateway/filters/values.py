"""Values in filters (patient-attachments.md 8.2). Every function raises ValueError on a text of another form."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_LIST = 100
LEAST, GREATEST = -(1 << 63), (1 << 63) - 1
_NUMBER = re.compile(r"-?[0-9]{1,2048}", re.ASCII)
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?Z", re.ASCII)
_MILLISECOND_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: the millisecond it lies in, and whether it lies after the beginning of that. Records hold milliseconds."""

    at: datetime
    inside: bool


def parse_moment(text: str) -> Moment:
    """`2014-08-30T18:00:00Z`, with any fraction of a second; no other offset."""
    form = _MOMENT.fullmatch(text)
    if form is None:
        raise ValueError("no date-time")
    fraction = form[2] or ""
    milliseconds, rest = fraction[:_MILLISECOND_DIGITS].ljust(_MILLISECOND_DIGITS, "0"), fraction[_MILLISECOND_DIGITS:]
    at = datetime.fromisoformat(form[1]).replace(microsecond=int(milliseconds) * 1000, tzinfo=UTC)
    return Moment(at, inside=bool(rest.strip("0")))


def parse_number(text: str, *, signed: bool) -> int:
    """Decimal digits within int64; a minus only where `signed`."""
    if _NUMBER.fullmatch(text) is None or (text[0] == "-" and not signed):
        raise ValueError("no number")
    number = int(text)
    if not LEAST <= number <= GREATEST:
        raise ValueError("not within int64")
    return number


def parse_numbers(text: str, *, signed: bool) -> tuple[int, ...]:
    """1 to 100 numbers with commas between them."""
    parts = text.split(",")
    if len(parts) > MAX_LIST:
        raise ValueError("too many numbers")
    return tuple(parse_number(part, signed=signed) for part in parts)
