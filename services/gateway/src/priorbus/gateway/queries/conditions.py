"""Filters as MongoDB conditions that an index answers exactly (patient-attachments.md 8.2)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bson import Int64

from priorbus.gateway.filters.columns import Column, ColumnType
from priorbus.gateway.filters.grammar import Filter
from priorbus.gateway.filters.matching import fold
from priorbus.gateway.filters.values import LEAST, Moment
from priorbus.gateway.read_models.listing import NOTHING, folded_field, stored

_LEAST: Mapping[ColumnType, Any] = {
    "date-time": datetime(1, 1, 1, tzinfo=UTC),
    "int64": Int64(LEAST),
    "integer": Int64(LEAST),
    "string": "",
}
"""Comparisons reach only values of their own type, so these stand for every value of a type."""
_COMPARISONS: Mapping[str, str] = {">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte"}
_INSIDE: Mapping[str, str] = {">": "$gt", ">=": "$gt", "<": "$lte", "<=": "$lte"}
"""For a moment after the beginning of the millisecond that is compared with."""


def field_of(filter_: Filter) -> str:
    """The field that a filter's condition is about."""
    return folded_field(filter_.column.name) if filter_.operator == "~~" else filter_.column.name


def condition(filter_: Filter) -> Any:
    """What the field must fulfil. `*` has no condition."""
    least, value = _LEAST[filter_.column.type], filter_.value
    if filter_.operator in ("?", "!?"):
        return {"$gte": least} if filter_.operator == "?" else NOTHING
    if isinstance(value, Moment):
        return {(_INSIDE if value.inside else _COMPARISONS)[filter_.operator]: value.at}
    if filter_.operator == "~~":
        return _like(str(value))
    if isinstance(value, tuple):
        return {"$in": sorted({Int64(number) for number in value})}
    if filter_.operator == "!=":
        return {"$gte": least, "$ne": stored(value)}
    return {_COMPARISONS.get(filter_.operator, "$eq"): stored(value)}


def _like(pattern: str) -> Any:
    """Atomic groups: the first place where a part is found is the right one, so nothing in between is tried twice."""
    first, *rest = (_literal(part) for part in fold(pattern).split("%"))
    if not rest:
        return fold(pattern)
    *middle, last = rest
    parts = [part for part in middle if part]
    start = f"^{first}" if first else "".join(parts[:1])
    between = "".join(f"(?>.*?{part})" for part in (parts if first else parts[1:]))
    end = rf".*{last}\z" if last else ""
    return {"$regex": f"{start}{between}{end}", "$options": "s"} if start or end else {"$gte": ""}


def _literal(text: str) -> str:
    return re.escape(text).replace("\x00", r"\x00")


def anything(column: Column) -> Any:
    """That there is a value."""
    return {"$gte": _LEAST[column.type]}
