"""Pages of lists with many columns. Every query names its index, so none is planned at run time and none scans a collection.

A filtered list is read from the index of its narrowest filter and sorted, or from that of its order and filtered: what reads less.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pymongo.errors import ExecutionTimeout

from priorbus.gateway.filters.grammar import Filter
from priorbus.gateway.filters.sorting import LAST_KEY, SortKey
from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.counts import Counts
from priorbus.gateway.queries.runs import before, between, within
from priorbus.gateway.queries.selections import Parent, Selection, one_number, select
from priorbus.gateway.read_models.database import projected
from priorbus.gateway.read_models.listing import Listing, document_id, folded_field, ordered_index, parent_index, state_of
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database

PROBED = 10_000
"""Filters are compared by their numbers of records up to this one."""
_ONLY_ID, _BY_ID = [SortKey(LAST_KEY)], [(LAST_KEY, 1)]
_LEAST_PATIENCE_MS = 100
_SLOWLY_PASSED_PER_MS, _SORTED_PER_MS = 10, 150
"""A tenth of the records that MongoDB passes over in a millisecond, and those that it reads and sorts."""


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
        patience = await self._patience(selection, total)
        if patience is not None:
            with suppress(ExecutionTimeout):
                return await self._in_order(selection, patience)
        return await self._read(selection.query(), _sort(selection.keys), narrow, selection.page.skipped, selection.page.size)

    async def _narrow(self, selection: Selection) -> str:
        """The index that leaves the fewest records."""
        parent = _parent(selection, self._listing)
        if parent is not None:
            return parent_index(parent)
        by_index: dict[str, list[Filter]] = {}
        for each in selection.filters:
            by_index.setdefault(_index_of(each), []).append(each)
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

    async def _patience(self, selection: Selection, total: int) -> int | None:
        """How long to go through the list in its order, in milliseconds; None where to sort all that passes reads less.

        What passes may lie at the far end of the order, so it is given up after far longer than it takes where it lies anywhere.
        """
        if _parent(selection, self._listing) is not None:
            return None
        reach = selection.page.skipped + selection.page.size
        passed = reach * await self._rows.estimated_document_count() // total
        if total <= passed:
            return None
        return _LEAST_PATIENCE_MS + min(passed // _SLOWLY_PASSED_PER_MS, total // _SORTED_PER_MS)

    async def _in_order(self, selection: Selection, patience: int | None) -> list[Document]:
        """From the index of the first key. Raises ExecutionTimeout when that takes longer than `patience` (milliseconds)."""
        index, (key, *rest), page = _order_index(selection), selection.keys, selection.page
        if key.column == LAST_KEY or (rest == _ONLY_ID and not key.descending):
            return await self._read(selection.query(), _sort(selection.keys), index, page.skipped, page.size, patience)
        direction = -1 if key.descending else 1
        found = await self._rows.find(
            selection.query(),
            {key.column: 1, "_id": 0},
            sort=[(key.column, direction), (LAST_KEY, direction)],
            skip=page.skipped,
            limit=page.size,
            hint=index,
            max_time_ms=patience,
        ).to_list(None)
        values = [row[key.column] for row in found]
        if not values:
            return []
        ahead = before(key, self._listing.columns[key.column], values[0])
        skipped = page.skipped - (await self._counts.of(selection.query(ahead), index) if ahead and page.skipped else 0)
        if rest == _ONLY_ID:
            return await self._runs(selection, values, skipped)
        query = selection.query(within(key, values[0], values[-1]))
        return await self._read(query, _sort(selection.keys), index, skipped, page.size)

    async def _runs(self, selection: Selection, values: Sequence[Any], skipped: int) -> list[Document]:
        """A page in descending order of one key: the rest of its first run, the whole runs after that, the beginning of its last."""
        index, key, first, last = _order_index(selection), selection.keys[0], values[0], values[-1]
        at_first, at_last = values.count(first), values.count(last)
        begun = await self._read(selection.query({key.column: first}), _BY_ID, index, skipped, at_first)
        if at_first == len(values):
            return begun
        whole = len(values) - at_first - at_last
        inner = await self._read(selection.query(between(key, first, last)), _sort(selection.keys), index, 0, whole) if whole else []
        return [*begun, *inner, *await self._read(selection.query({key.column: last}), _BY_ID, index, 0, at_last)]

    async def _read(
        self, query: Document, sort: Sequence[tuple[str, int]], index: str, skipped: int, limit: int, patience: int | None = None
    ) -> list[Document]:
        return await self._rows.find(query, {"json": 1}, sort=sort, skip=skipped, limit=limit, hint=index, max_time_ms=patience).to_list(
            None
        )


def _parent(selection: Selection, listing: Listing) -> str | None:
    """The field of the one parent whose records are wanted."""
    if selection.parent is not None:
        return selection.parent.field
    wanted = (each.column.name for each in selection.filters if one_number(each) is not None)
    return next((name for name in wanted if name in listing.parents), None)


def _order_index(selection: Selection) -> str:
    return ordered_index(selection.keys[0].column)


def _index_of(filter_: Filter) -> str:
    return folded_field(filter_.column.name) if filter_.operator == "~~" else ordered_index(filter_.column.name)


def _is_bounded(filter_: Filter) -> bool:
    """Whether the filter leaves a part of its index aside."""
    return filter_.operator != "~~" or not str(filter_.value).startswith("%")


def _sort(keys: Sequence[SortKey]) -> list[tuple[str, int]]:
    return [(key.column, -1 if key.descending else 1) for key in keys]
