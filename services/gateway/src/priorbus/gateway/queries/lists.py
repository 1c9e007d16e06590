"""Pages of lists with many columns. Every query names its index, so none is planned at run time and none scans a collection.

A filtered list is read from the index of its narrowest filter and sorted, or from that of its order and filtered: what reads less.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pymongo.errors import ExecutionTimeout

from priorbus.gateway.filters.grammar import Filter
from priorbus.gateway.filters.sorting import LAST_KEY
from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.counts import Counts
from priorbus.gateway.queries.runs import before, within
from priorbus.gateway.queries.selections import Parent, Selection, one_number, select
from priorbus.gateway.read_models.database import projected
from priorbus.gateway.read_models.listing import Listing, document_id, folded_field, ordered_index, parent_index, state_of
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database

PROBED = 10_000
"""Filters are compared by their numbers of records up to this one."""
_SHORTEST_SORT_MS, _SORTED_PER_MS = 50, 150
"""About what MongoDB needs to read and sort records that pass."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page, and how many records all pages have."""

    selection: Selection
    states: list[dict[str, Any]]
    total: int


class Lists:
    """Reads of one listing, limited to one tenant."""

    def __init__(self, database: Database, listing: Listing) -> None:
        self._rows = projected(database, listing.collection)
        self._counts = Counts(self._rows)
        self._listing = listing

    async def find(self, tenant: str, number: int) -> dict[str, Any] | None:
        """The state of a record, archived or not; None if the tenant has none with this id."""
        found = await self._rows.find_one({"_id": document_id(tenant, number)}, {"json": 1})
        return None if found is None else state_of(found)

    async def page(self, call: Call, parent: Parent | None = None) -> Listed:
        """One page of the tenant's records, or of one parent's. Raises Problem (400)."""
        selection = select(call, self._listing, parent)
        if not selection.archived:
            return Listed(selection, [], 0)
        narrow = await self._narrow(selection)
        total = await self._counts.of(selection.query(), narrow)
        if total <= selection.page.skipped:
            return Listed(selection, [], total)
        return Listed(selection, [state_of(document) for document in await self._found(selection, narrow, total)], total)

    async def _found(self, selection: Selection, narrow: str, total: int) -> list[Document]:
        """The page: in the order of an index, unless reading and sorting all that passes takes less."""
        if narrow == _order_index(selection):
            return await self._in_order(selection, None)
        if not await self._is_sorted(selection, total):
            with suppress(ExecutionTimeout):
                return await self._in_order(selection, _SHORTEST_SORT_MS + total // _SORTED_PER_MS)
        return await self._read(selection.query(), selection, narrow, selection.page.skipped)

    async def _narrow(self, selection: Selection) -> str:
        """The index that leaves the fewest records."""
        parent = _parent(selection, self._listing)
        if parent is not None:
            return parent_index(parent)
        by_index: dict[str, list[Filter]] = {}
        for each in selection.filters:
            by_index.setdefault(_index_of(each, selection), []).append(each)
        candidates = [name for name, filters in by_index.items() if any(_is_bounded(each) for each in filters)] or list(by_index)
        if not candidates:
            return _order_index(selection)
        if ordered_index(LAST_KEY) in candidates or len(candidates) == 1:
            return ordered_index(LAST_KEY) if ordered_index(LAST_KEY) in candidates else candidates[0]
        probes = [(await self._probe(selection, by_index[name], name), name) for name in candidates]
        return min(probes)[1]

    async def _probe(self, selection: Selection, filters: Sequence[Filter], index: str) -> int:
        alone = Selection(selection.tenant, selection.archived, None, tuple(filters), selection.keys, selection.page)
        return await self._rows.count_documents(alone.query(), hint=index, limit=PROBED)

    async def _is_sorted(self, selection: Selection, total: int) -> bool:
        """Whether to sort at once. What passes may lie at the far end of the order, so going through it is given up after a while."""
        if _parent(selection, self._listing) is not None:
            return True
        reach = selection.page.skipped + selection.page.size
        return total * total <= reach * await self._rows.estimated_document_count()

    async def _read(self, query: Document, selection: Selection, index: str, skipped: int, patience: int | None = None) -> list[Document]:
        sort = [(key.column, -1 if key.descending else 1) for key in selection.keys]
        return await self._rows.find(
            query, {"json": 1}, sort=sort, skip=skipped, limit=selection.page.size, hint=index, max_time_ms=patience
        ).to_list(None)

    async def _in_order(self, selection: Selection, patience: int | None) -> list[Document]:
        """From the index of the first key; where more keys follow, only what shares the first one's values on this page is sorted."""
        index, (key, *rest) = _order_index(selection), selection.keys
        if [each.column for each in rest] in ([], [LAST_KEY]) and not any(each.descending for each in rest):
            return await self._read(selection.query(), selection, index, selection.page.skipped, patience)
        by_key = [(key.column, -1 if key.descending else 1), (LAST_KEY, 1)]
        page = selection.page
        values = await self._rows.find(
            selection.query(), {key.column: 1, "_id": 0}, sort=by_key, skip=page.skipped, limit=page.size, hint=index, max_time_ms=patience
        ).to_list(None)
        if not values:
            return []
        first, last = values[0][key.column], values[-1][key.column]
        ahead = before(key, self._listing.columns[key.column], first)
        skipped = page.skipped - (await self._counts.of(selection.query(ahead), index) if ahead and page.skipped else 0)
        return await self._read(selection.query(within(key, first, last)), selection, index, skipped)


def _parent(selection: Selection, listing: Listing) -> str | None:
    """The field of the one parent whose records are wanted."""
    if selection.parent is not None:
        return selection.parent.field
    wanted = (each.column.name for each in selection.filters if one_number(each) is not None)
    return next((name for name in wanted if name in listing.parents), None)


def _order_index(selection: Selection) -> str:
    return ordered_index(selection.keys[0].column, descending=selection.keys[0].descending)


def _index_of(filter_: Filter, selection: Selection) -> str:
    if filter_.operator == "~~":
        return folded_field(filter_.column.name)
    return _order_index(selection) if filter_.column.name == selection.keys[0].column else ordered_index(filter_.column.name)


def _is_bounded(filter_: Filter) -> bool:
    """Whether the filter leaves a part of its index aside."""
    return filter_.operator != "~~" or not str(filter_.value).startswith("%")
