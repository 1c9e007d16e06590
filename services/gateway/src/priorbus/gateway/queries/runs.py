"""Records that share a value of the first sort key lie together in its index: a run.

An index gives the runs in either direction, but `id` ascends within each of them only in the one; and of further keys it knows nothing. So
the runs that a page touches are looked up first, and then read one by one or sorted. `first` and `last` are the values at the page's ends.
"""

from typing import Any

from priorbus.gateway.filters.columns import Column
from priorbus.gateway.filters.sorting import SortKey
from priorbus.gateway.queries.conditions import anything
from priorbus.gateway.read_models.listing import NOTHING
from priorbus.runtime.mongo.documents import Document


def before(key: SortKey, column: Column, first: Any) -> Document | None:
    """The records before the run of the page's first record; None if there can be none."""
    if key.descending:
        return {key.column: anything(column) if first == NOTHING else {"$gt": first}}
    return None if first == NOTHING else {key.column: {"$not": {"$gte": first}}}


def within(key: SortKey, first: Any, last: Any) -> Document:
    """The records of every run that the page touches."""
    low, high = (last, first) if key.descending else (first, last)
    if high == NOTHING:
        return {key.column: NOTHING}
    return {key.column: {"$not": {"$gt": high}} if low == NOTHING else {"$gte": low, "$lte": high}}


def between(key: SortKey, first: Any, last: Any) -> Document:
    """The records of the runs that lie wholly on the page; `first` comes before `last` in descending order."""
    return {key.column: {"$lt": first} if last == NOTHING else {"$gt": last, "$lt": first}}
