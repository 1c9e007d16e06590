"""What lists are filtered and sorted by, and which operators each type has (patient-attachments.md 8.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ColumnType = Literal["date-time", "int64", "integer", "string"]
Operator = Literal["=", "!=", ">", ">=", "<", "<=", "~", "~~", "?", "!?", "*"]
Value = datetime | int | str | None
"""What a record holds in a column; None where it has no value."""

_ORDER: tuple[Operator, ...] = (">", ">=", "<", "<=")
_NUMBER: tuple[Operator, ...] = ("=", "!=", *_ORDER, "?", "!?")

OPERATORS: Mapping[ColumnType, tuple[Operator, ...]] = {
    "date-time": (*_ORDER, "?", "!?", "*"),
    "int64": _NUMBER,
    "integer": _NUMBER,
    "string": ("=", "!=", "~", "~~", "?", "!?"),
}
"""The matrix of operators by type."""


@dataclass(frozen=True, slots=True)
class Column:
    """A member of a record under the name that filters and sort keys use."""

    name: str
    type: ColumnType


Columns = Mapping[str, Column]
"""The columns of a list by name."""
