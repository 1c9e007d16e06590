"""Answer values: read from a request into their stored form, exact and canonical (authorizations.md 5.3)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

from priorbus.contracts.authorizations import Scalar
from priorbus.contracts.commands.requirements import AnswerValue
from priorbus.contracts.templates import AnswerType

MAX_TEXT: Final = 10_000
MAX_DIGITS: Final = 34
"""Significant digits of an exact decimal; as many at most on either side of the point, so that plain notation stays short."""
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_DATE_LENGTH: Final = len("2024-02-29")


def read_date(text: object) -> str | None:
    """The text itself when it is an existing day in the exact form YYYY-MM-DD."""
    if not isinstance(text, str) or len(text) != _DATE_LENGTH or text[4] != "-" or text[7] != "-":
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def read_decimal(text: object) -> str | None:
    """A JSON number in canonical plain notation (no exponent, no trailing zeros), None when it needs more than 34 digits."""
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if not number:
        return "0"
    if not -MAX_DIGITS <= number.adjusted() < MAX_DIGITS:
        return None
    plain = format(number, "f")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    significant = f"{whole}{fraction}".lstrip("-0")
    if len(significant) > MAX_DIGITS or len(fraction) > MAX_DIGITS:
        return None
    return f"{whole}.{fraction}" if fraction else whole


def read_text(text: object) -> str | None:
    """Text of at most 10,000 code points."""
    return text if isinstance(text, str) and len(text) <= MAX_TEXT else None


def read_code(text: object) -> str | None:
    """An option code; which codes an item offers is judged later."""
    return read_text(text) or None


def read_boolean(value: object) -> bool | None:
    """A JSON boolean."""
    return value if isinstance(value, bool) else None


_READERS: Final[dict[str, tuple[str, Callable[[object], Scalar | None]]]] = {
    "string": ("string", read_text),
    "boolean": ("boolean", read_boolean),
    "date": ("date", read_date),
    "decimal": ("decimal", read_decimal),
    "choice": ("coding", read_code),
}


def read_answers(answer_type: AnswerType, values: tuple[AnswerValue, ...]) -> tuple[Scalar, ...] | None:
    """The stored form of what was sent for an item of that type; None when a kind or value does not fit (type_mismatch).

    Texts of white space only are no answers and left out.
    """
    kind, read = _READERS[answer_type]
    found = []
    for value in values:
        stored = read(value.value) if value.kind == kind else None
        if stored is None:
            return None
        if kind != "string" or str(stored).strip():
            found.append(stored)
    return tuple(found)
