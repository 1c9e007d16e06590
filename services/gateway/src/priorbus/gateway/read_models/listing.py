"""Documents of lists with many columns: how one looks, and the indexes that answer every filter and order (patient-attachments.md 8, 9)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from bson import Int64
from bson.min_key import MinKey

from priorbus.gateway.filters.columns import Column, Columns
from priorbus.gateway.filters.matching import fold
from priorbus.gateway.filters.sorting import LAST_KEY
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.work import Index

NOTHING = MinKey()
"""Stands where a record has no value, so that such records have one place in every index: before all others."""
DEFAULT_ORDER = "created_at"
EVERYTHING = "everything"
"""The name of the index in the default order that holds every column."""
_HEAD = (("tenant", 1), ("archived", 1))


def folded_field(column: str) -> str:
    """Where the form of a text stands in which case does not count."""
    return f"{column}_folded"


def ordered_index(column: str) -> str:
    """The name of the index in the order of a column."""
    return f"by_{column}"


def parent_index(field: str) -> str:
    """The name of the index of one parent's records."""
    return f"of_{field}"


@dataclass(frozen=True)
class Listing:
    """`parents` are fields with the id of another record, each of which has a list of its own."""

    collection: str
    columns: Columns
    parents: tuple[str, ...] = ()

    @property
    def indexes(self) -> tuple[Index, ...]:
        """One for each column, for the folded form of texts, for each parent, and one with everything in it."""
        return tuple(self._indexes())

    def _indexes(self) -> Iterator[Index]:
        for column in self.columns.values():
            keys = (*_HEAD, (column.name, 1), (LAST_KEY, 1))
            yield Index(ordered_index(column.name), keys if column.name != LAST_KEY else keys[:-1])
            if column.type == "string":
                yield Index(folded_field(column.name), (*_HEAD, (folded_field(column.name), 1)))
        texts = [folded_field(column.name) for column in self.columns.values() if column.type == "string"]
        others = [name for name in (*self.columns, *texts) if name not in (DEFAULT_ORDER, LAST_KEY)]
        yield Index(EVERYTHING, (*_HEAD, (DEFAULT_ORDER, 1), (LAST_KEY, 1), *((name, 1) for name in others)))
        for field in self.parents:
            yield Index(parent_index(field), (("tenant", 1), (field, 1), ("archived", 1), (DEFAULT_ORDER, 1), (LAST_KEY, 1)))

    def document(self, state: Mapping[str, Any]) -> Document:
        """The document of a state as JSON; `version` ranks the states of one record."""
        document: Document = {
            "_id": document_id(state["tenant"], state["id"]),
            "rank": state["version"],
            "tenant": state["tenant"],
            "archived": state["archived_at"] is not None,
            "json": orjson.dumps(state),
        }
        for column in self.columns.values():
            document |= _members(column, state[column.name])
        return document | {field: stored(state[field]) for field in self.parents}


def document_id(tenant: str, number: int) -> str:
    """The `_id` of a record."""
    return f"{tenant}/{number}"


def stored(value: datetime | int | str | None) -> Any:
    """A value as documents hold it."""
    if value is None:
        return NOTHING
    return Int64(value) if isinstance(value, int) else value


def _members(column: Column, value: Any) -> Document:
    if value is not None and column.type == "date-time":
        value = datetime.fromisoformat(value)
    if value is not None and column.type == "string":
        return {column.name: value, folded_field(column.name): fold(value)}
    return {column.name: stored(value)}


def state_of(found: Document) -> dict[str, Any]:
    """The state in a document."""
    state: dict[str, Any] = orjson.loads(found["json"])
    return state
