"""What filters mean for one record (patient-attachments.md 8.2)."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime

from priorbus.gateway.filters.columns import Operator, Value
from priorbus.gateway.filters.grammar import Filter
from priorbus.gateway.filters.values import Moment

_COMPARISONS: Mapping[Operator, Callable[[int, int], bool]] = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def matches(filter_: Filter, value: Value) -> bool:
    """Whether a record with this value in the filter's column passes."""
    if filter_.operator in ("?", "!?", "*"):
        return {"?": value is not None, "!?": value is None, "*": True}[filter_.operator]
    if value is None:
        return False
    if filter_.operator in _COMPARISONS:
        return _compares(filter_, value)
    if isinstance(filter_.value, tuple):
        return value in filter_.value
    if filter_.operator == "~~":
        return is_like(str(value), str(filter_.value))
    return (value == filter_.value) == (filter_.operator == "=")


def _compares(filter_: Filter, value: Value) -> bool:
    wanted = filter_.value
    if isinstance(value, datetime) and isinstance(wanted, Moment):
        order = (value > wanted.at) - (value < wanted.at) or -int(wanted.inside)
        return _COMPARISONS[filter_.operator](order, 0)
    if not isinstance(value, int) or not isinstance(wanted, int):
        raise TypeError("a value of another type than its column")
    return _COMPARISONS[filter_.operator](value, wanted)


def fold(text: str) -> str:
    """The form in which case does not count."""
    return text.casefold()


def is_like(text: str, pattern: str) -> bool:
    """Whether the whole text is of the pattern's form; `%` stands for any run of characters, case does not count."""
    first, *rest = fold(pattern).split("%")
    folded = fold(text)
    if not rest:
        return folded == first
    *middle, last = rest
    if not folded.startswith(first):
        return False
    at = len(first)
    for part in middle:
        found = folded.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(folded) - at >= len(last) and folded.endswith(last)
