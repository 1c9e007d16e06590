"""Rules on a single value: pattern, maxLength, min, max. Breaking one is stored and flagged, never refused (authorizations.md 5.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from priorbus.contracts.templates import Item
from priorbus.requirements.domain.questionnaire.patterns import whole_match

OPTION_NOT_ALLOWED = "option_not_allowed"
OPTION_MESSAGE = "This option is not offered here."


@dataclass(frozen=True, slots=True)
class Constraint:
    """One rule: its issue code, its message, and the test that a value must pass."""

    code: str
    message: str
    holds: Callable[[Any], bool]


def constraints_of(item: Item) -> tuple[Constraint, ...]:
    """The rules of an item in the order pattern, maxLength, range."""
    found = []
    if item.pattern is not None:
        found.append(_constraint(item, "pattern_mismatch", "This does not have the expected form.", whole_match(item.pattern)))
    if item.max_length is not None:
        limit = item.max_length
        found.append(_constraint(item, "too_long", f"Enter at most {limit} characters.", lambda value: len(value) <= limit))
    if item.min is not None or item.max is not None:
        found.append(_constraint(item, "out_of_range", _range_message(item.min, item.max), _range(item)))
    return tuple(found)


def _constraint(item: Item, code: str, message: str, holds: Callable[[Any], bool]) -> Constraint:
    return Constraint(code, item.error_message or message, holds)


def _range(item: Item) -> Callable[[Any], bool]:
    low, high = item.min, item.max
    if item.answer_type == "date":
        first, last = low or "", high or "9999-12-31"
        return lambda value: first <= value <= last
    least, most = Decimal(low or "-Infinity"), Decimal(high or "Infinity")
    return lambda value: least <= Decimal(value) <= most


def _range_message(low: str | None, high: str | None) -> str:
    if low is None:
        return f"Enter at most {high}."
    return f"Enter at least {low}." if high is None else f"Enter a value from {low} to {high}."
