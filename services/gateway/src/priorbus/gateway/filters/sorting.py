"""Order of lists (patient-attachments.md 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from priorbus.gateway.filters.columns import Columns
from priorbus.gateway.http.problem import Problem

MAX_KEYS = 5
LAST_KEY = "id"
Direction = Literal["asc", "desc"]
_DEFAULT = "created_at"
_DIRECTIONS: tuple[Direction, ...] = ("asc", "desc")


@dataclass(frozen=True, slots=True)
class SortKey:
    """Records without a value come first in ascending, last in descending order."""

    column: str
    descending: bool = False


Query = Sequence[tuple[str, str]]
"""Names and values of a query, decoded, in order."""


def parse_sort(query: Query, columns: Columns) -> tuple[SortKey, ...]:
    """The keys of a total order: `id` is unique, so nothing after it counts, and it ends every order. Raises Problem (400)."""
    direction = parse_order(query)
    texts = [text for name, value in query if name in ("sort", "sort[]") for text in value.split(",")] or [_DEFAULT]
    if len(texts) > MAX_KEYS:
        raise Problem("invalid_paging", details={"parameter": "sort", "minimum": 1, "maximum": MAX_KEYS})
    keys = [_key(text, direction, columns) for text in texts]
    names = [key.column for key in keys]
    if len(set(names)) < len(names):
        raise Problem("invalid_paging", details={"parameter": "sort", "repeated": next(name for name in names if names.count(name) > 1)})
    if LAST_KEY in names:
        return tuple(keys[: names.index(LAST_KEY) + 1])
    return (*keys, SortKey(LAST_KEY))


def parse_order(query: Query) -> Direction:
    """The direction of keys that have none. Raises Problem (400)."""
    values = [value for name, value in query if name == "order"]
    for direction in _DIRECTIONS:
        if all(value == direction for value in values):
            return direction
    raise Problem("invalid_paging", details={"parameter": "order", "allowed": list(_DIRECTIONS)})


def _key(text: str, default: Direction, columns: Columns) -> SortKey:
    name, colon, direction = text.partition(":")
    if name not in columns:
        raise Problem("column_not_sortable", details={"column": name[:200], "sortable": list(columns)})
    if colon and direction not in _DIRECTIONS:
        raise Problem("invalid_paging", details={"parameter": "sort", "allowed": list(_DIRECTIONS)})
    return SortKey(name, (direction or default) == "desc")
