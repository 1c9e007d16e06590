"""Pages of lists with many columns. Every query names its index, so none is planned at run time and none scans a collection.

A filtered list is read from the index of its narrowest filter and sorted, or from that of its order and filtered: what reads less. Where
all filters are wide, that is done with the keys of an index that holds everything, and only what is shown is read.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pymongo.errors import ExecutionTimeout

from priorbus.gateway.filters.sorting import LAST_KEY, SortKey
from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.counts import Counts
from priorbus.gateway.queries.narrowing import PROBED, Narrowing, has_filters, order_index, parent_of
from priorbus.gateway.queries.runs import before, between, within
from priorbus.gateway.queries.selections import Parent, Selection, select
from priorbus.gateway.read_models.database import projected
from priorbus.gateway.read_models.listing import EVERYTHING, Listing, document_id, state_of
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database

_ONLY_ID, _BY_ID = [SortKey(LAST_KEY)], [(LAST_KEY, 1)]
_LEAST_PATIENCE_MS = 100
_SLOWLY_PASSED_PER_MS, _SORTED_PER_MS = 10, 300
"""A tenth of the records that MongoDB passes over in a millisecond, and those whose keys it sorts."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page, and how many records all pages have."""

    selection: Selection
    states: list[dict[str, Any]]
    total: int


class Lists:
    """Reads of one listing, limited to one tenant."""

    def __init__(self, database: Database, listing: Listing, probed: int = PROBED) -> None:
        self._rows = projected(database, listing.collection)
        self._counts = Counts(self._rows)
        self._narrowing = Narrowing(self._rows, listing, probed)
        self._listing = listing
        self._probed = probed

    async def find(self, tenant: str, number: int) -> dict[str, Any] | None:
        """The state of a record, archived or not; None if the tenant has none with this id."""
        found = await self._rows.find_one({"_id": document_id(tenant, number)}, {"json": 1})
        return None if found is None else state_of(found)

    async def page(self, call: Call, parent: Parent | None = None) -> Listed:
        """One page of the tenant's records, or of one parent's. Raises Problem (400)."""
        selection = select(call, self._listing, parent)
        if not selection.archived:
            return Listed(selection, [], 0)
        narrow = await self._narrowing.index(selection)
        total = await self._counts.of(selection.query(), narrow)
        if total <= selection.page.skipped:
            return Listed(selection, [], total)
        return Listed(selection, [state_of(document) for document in await self._found(selection, narrow, total)], total)

    async def _found(self, selection: Selection, narrow: str, total: int) -> list[Document]:
        """The page: in the order of an index, unless it takes less to sort all that passes, or for many of them their keys."""
        if narrow == order_index(selection):
            return await self._in_order(selection, None)
        patience = await self._patience(selection, total)
        if patience is not None:
            with suppress(ExecutionTimeout):
                return await self._in_order(selection, patience)
        page = selection.page
        if selection.parent is None and total >= await self._narrowing.many():
            return await self._sorted(selection, selection.query(), page.skipped)
        return await self._read(selection.query(), _sort(selection.keys), narrow, page.skipped, page.size)

    async def _patience(self, selection: Selection, total: int) -> int | None:
        """How long to go through the list in its order, in milliseconds; None where to sort all that passes reads less.

        What passes may lie at the far end of the order, so it is given up after far longer than it takes where it lies anywhere.
        """
        if parent_of(selection, self._listing) is not None:
            return None
        reach = selection.page.skipped + selection.page.size
        passed = reach * await self._rows.estimated_document_count() // total
        if total <= passed:
            return None
        return _LEAST_PATIENCE_MS + min(passed // _SLOWLY_PASSED_PER_MS, total // _SORTED_PER_MS)

    async def _in_order(self, selection: Selection, patience: int | None) -> list[Document]:
        """From the index of the first key. Raises ExecutionTimeout when that takes longer than `patience` (milliseconds)."""
        index, (key, *rest), page = order_index(selection), selection.keys, selection.page
        if key.column == LAST_KEY or (rest == _ONLY_ID and not key.descending):
            return await self._quickest(selection, selection.query(), _sort(selection.keys), page.skipped, page.size, patience)
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
        touched = within(key, values[0], values[-1])
        if selection.parent is None and await self._are_many(selection.unfiltered(touched), index):
            return await self._sorted(selection, selection.query(touched), skipped)
        return await self._read(selection.query(touched), _sort(selection.keys), index, skipped, page.size)

    async def _are_many(self, query: Document, index: str) -> bool:
        return await self._rows.count_documents(query, hint=index, limit=self._probed) == self._probed

    async def _runs(self, selection: Selection, values: Sequence[Any], skipped: int) -> list[Document]:
        """A page in descending order of one key: the rest of its first run, the whole runs after that, the beginning of its last."""
        index, key, first, last = order_index(selection), selection.keys[0], values[0], values[-1]
        at_first, at_last = values.count(first), values.count(last)
        begun = await self._quickest(selection, selection.query({key.column: first}), _BY_ID, skipped, at_first)
        if at_first == len(values):
            return begun
        whole = len(values) - at_first - at_last
        inner = await self._read(selection.query(between(key, first, last)), _sort(selection.keys), index, 0, whole) if whole else []
        return [*begun, *inner, *await self._read(selection.query({key.column: last}), _BY_ID, index, 0, at_last)]

    async def _quickest(
        self, selection: Selection, query: Document, sort: Sequence[tuple[str, int]], skipped: int, limit: int, patience: int | None = None
    ) -> list[Document]:
        """From the index of the order, without reading what is skipped where the index alone tells what that is."""
        index = order_index(selection)
        read = self._keyed if has_filters(index, selection) else self._read
        return await read(query, sort, index, skipped, limit, patience)

    async def _sorted(self, selection: Selection, query: Document, skipped: int) -> list[Document]:
        """Sorts the keys of all that passes, and reads the page."""
        return await self._keyed(query, _sort(selection.keys), EVERYTHING, skipped, selection.page.size)

    async def _keyed(
        self, query: Document, sort: Sequence[tuple[str, int]], index: str, skipped: int, limit: int, patience: int | None = None
    ) -> list[Document]:
        """From an index with everything in it that is asked for: only what is shown is read."""
        options: dict[str, Any] = {"sort": sort, "skip": skipped, "limit": limit, "hint": index, "max_time_ms": patience}
        keys = await self._rows.find(query, {LAST_KEY: 1, "_id": 0}, **options).to_list(None)
        names = [document_id(query["tenant"], key[LAST_KEY]) for key in keys]
        found = await self._rows.find({"_id": {"$in": names}}, {"json": 1}, hint="_id_").to_list(None)
        documents = {document["_id"]: document for document in found}
        return [documents[name] for name in names if name in documents]

    async def _read(
        self, query: Document, sort: Sequence[tuple[str, int]], index: str, skipped: int, limit: int, patience: int | None = None
    ) -> list[Document]:
        options: dict[str, Any] = {"sort": sort, "skip": skipped, "limit": limit, "hint": index, "max_time_ms": patience}
        return await self._rows.find(query, {"json": 1}, **options).to_list(None)


def _sort(keys: Sequence[SortKey]) -> list[tuple[str, int]]:
    return [(key.column, -1 if key.descending else 1) for key in keys]
