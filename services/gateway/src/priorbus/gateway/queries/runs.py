"""Pages of orders with several keys, of which an index knows the first one: only records that share its values are sorted.

`first` and `last` are the values of the first key at both ends of the page.
"""

from typing import Any

from priorbus.gateway.filters.columns import Column
from priorbus.gateway.filters.sorting import SortKey
from priorbus.gateway.queries.conditions import anything
from priorbus.gateway.read_models.listing import NOTHING
from priorbus.runtime.mongo.documents import Document


def before(key: SortKey, column: Column, first: Any) -> Document | None:
    """The records before the run that holds the page's first record; None if there can be none."""
    if key.descending:
        return {key.column: anything(column) if first == NOTHING else {"$gt": first}}
    return None if first == NOTHING else {key.column: {"$not": {"$gte": first}}}


def within(key: SortKey, first: Any, last: Any) -> Document:
    """The records of every run that the page touches."""
    low, high = (last, first) if key.descending else (first, last)
    if high == NOTHING:
        return {key.column: NOTHING}
    return {key.column: {"$not": {"$gt": high}} if low == NOTHING else {"$gte": low, "$lte": high}}
