"""Which index leaves the fewest records of a list, or answers without reading any."""

from collections.abc import Sequence

from priorbus.gateway.filters.grammar import Filter
from priorbus.gateway.filters.sorting import LAST_KEY
from priorbus.gateway.queries.selections import Selection, one_number
from priorbus.gateway.read_models.listing import DEFAULT_ORDER, EVERYTHING, Listing, folded_field, ordered_index, parent_index
from priorbus.runtime.mongo.driver import Rows

PROBED = 10_000
"""Filters are compared by their numbers of records up to this one, or up to that part of a larger collection."""
_READ_PER_KEY = 20
"""Keys that are looked at in the time in which a record is read."""


class Narrowing:
    """Chooses for one listing. Lists of one parent, and of one index, need no comparison."""

    def __init__(self, rows: Rows, listing: Listing, probed: int) -> None:
        self._rows = rows
        self._listing = listing
        self._probed = probed

    async def many(self) -> int:
        """From how many records on it takes less to look at every key of the tenant than to read them."""
        return max(self._probed, await self._rows.estimated_document_count() // _READ_PER_KEY)

    async def index(self, selection: Selection) -> str:
        """The index of the narrowest filter; where all are wide and on several columns, the one with everything in it."""
        parent = parent_of(selection, self._listing)
        if parent is not None:
            return parent_index(parent)
        by_index: dict[str, list[Filter]] = {}
        for each in selection.filters:
            by_index.setdefault(_index_of(each), []).append(each)
        if len(by_index) <= 1:
            return next(iter(by_index), order_index(selection))
        if any(each.column.name == LAST_KEY and isinstance(each.value, tuple) for each in selection.filters):
            return ordered_index(LAST_KEY)
        bounded = {name: filters for name, filters in by_index.items() if any(_is_bounded(each) for each in filters)}
        many = await self.many()
        probes = [(await self._probe(selection, filters, name, many), name) for name, filters in bounded.items()]
        number, narrowest = min(probes, default=(many, EVERYTHING))
        return narrowest if number < many else EVERYTHING

    async def _probe(self, selection: Selection, filters: Sequence[Filter], index: str, most: int) -> int:
        alone = Selection(selection.tenant, selection.archived, None, tuple(filters), selection.keys, selection.page)
        return await self._rows.count_documents(alone.query(), hint=index, limit=most)


def parent_of(selection: Selection, listing: Listing) -> str | None:
    """The field of the one parent whose records are wanted."""
    if selection.parent is not None:
        return selection.parent.field
    wanted = (each.column.name for each in selection.filters if one_number(each) is not None)
    return next((name for name in wanted if name in listing.parents), None)


def order_index(selection: Selection) -> str:
    """An index in the order of the first key; in the default order with the columns of all filters in it."""
    first = selection.keys[0].column
    if first == DEFAULT_ORDER and selection.parent is None and any(_index_of(each) != ordered_index(first) for each in selection.filters):
        return EVERYTHING
    return ordered_index(first)


def has_filters(index: str, selection: Selection) -> bool:
    """Whether an index in the order of the first key holds all that is filtered by, so that no record is read in vain."""
    return selection.parent is None and (index == EVERYTHING or all(_index_of(each) == index for each in selection.filters))


def _index_of(filter_: Filter) -> str:
    return folded_field(filter_.column.name) if filter_.operator == "~~" else ordered_index(filter_.column.name)


def _is_bounded(filter_: Filter) -> bool:
    """Whether the filter leaves a part of its index aside."""
    return filter_.operator != "~~" or not str(filter_.value).startswith("%")
