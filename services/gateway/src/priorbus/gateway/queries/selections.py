"""What a list request selects, as one MongoDB query (patient-attachments.md 8, 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from priorbus.gateway.filters.grammar import PARAMETERS, Filter, parse_filters
from priorbus.gateway.filters.paging import Page, parse_page
from priorbus.gateway.filters.sorting import SortKey, parse_sort
from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.conditions import condition, field_of
from priorbus.gateway.read_models.listing import Listing, stored
from priorbus.runtime.mongo.documents import Document

ARCHIVED = "archived_at"
_ALLOWED: Mapping[str, frozenset[bool]] = {"*": frozenset((False, True)), "!?": frozenset((False,))}
"""Of live and archived records those that pass a filter on `archived_at`; its other tests are passed by archived ones only."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The record whose list is asked for."""

    field: str
    id: int


@dataclass(frozen=True, slots=True)
class Selection:
    """`archived` says which of live and archived records may pass; `filters` are the ones that have a condition."""

    tenant: str
    archived: tuple[bool, ...]
    parent: Parent | None
    filters: tuple[Filter, ...]
    keys: tuple[SortKey, ...]
    page: Page

    def query(self, *more: Document) -> Document:
        """Everything that a record must fulfil."""
        query: Document = {"tenant": self.tenant, "archived": self.archived[0] if len(self.archived) == 1 else {"$in": list(self.archived)}}
        if self.parent is not None:
            query[self.parent.field] = stored(self.parent.id)
        conditions = [*({field_of(each): condition(each)} for each in self.filters), *more]
        return {**query, "$and": conditions} if conditions else query

    def unfiltered(self, *more: Document) -> Document:
        """The same without what the request filters by."""
        return replace(self, filters=()).query(*more)


def select(call: Call, listing: Listing, parent: Parent | None) -> Selection:
    """Read the request's query. Raises Problem (400)."""
    columns = {name: column for name, column in listing.columns.items() if parent is None or name != parent.field}
    filters = parse_filters([value for name, value in call.query if name in PARAMETERS], columns)
    keys, page = parse_sort(call.query, columns), parse_page(call.query)
    archived = frozenset((False, True)) if any(each.column.name == ARCHIVED for each in filters) else _ALLOWED["!?"]
    for each in filters:
        if each.column.name == ARCHIVED:
            archived &= _ALLOWED.get(each.operator, frozenset((True,)))
    if True not in archived:
        keys = tuple(key for key in keys if key.column != ARCHIVED)
    rest = tuple(each for each in filters if each.operator != "*" and (each.column.name != ARCHIVED or each.value is not None))
    return Selection(call.tenant, tuple(sorted(archived)), parent, rest, keys, page)


def one_number(filter_: Filter) -> int | None:
    """The number that a filter demands, None where it leaves more than one."""
    value: Any = filter_.value
    return value[0] if filter_.operator == "=" and isinstance(value, tuple) and len(value) == 1 else None
