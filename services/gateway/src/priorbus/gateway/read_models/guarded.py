"""Versioned documents: a state is written only over an older one (Conventions 1.5, 1.6).

`rank` orders the states of one resource. Many states that arrive together travel in one bulk write.
"""

from collections.abc import Iterable

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError

from priorbus.gateway.gathering import Gathering
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Rows

_DUPLICATE_KEY = 11000


def newest(documents: Iterable[Document]) -> dict[str, Document]:
    """The document of the highest rank for each `_id`."""
    chosen: dict[str, Document] = {}
    for document in documents:
        known = chosen.get(document["_id"])
        if known is None or known["rank"] < document["rank"]:
            chosen[document["_id"]] = document
    return chosen


def replacement(document: Document) -> "ReplaceOne[Document]":
    """Writes the document unless a state of the same or a higher rank is there; that one then makes a duplicate key error."""
    return ReplaceOne({"_id": document["_id"], "rank": {"$lt": document["rank"]}}, document, upsert=True)


class WriteThrough:
    """Writes states carried by replies before the replies are answered."""

    def __init__(self, collection: Rows) -> None:
        self._collection = collection
        self._gathering = Gathering(self._write)

    async def write(self, document: Document) -> None:
        """Return once the collection holds this state or a newer one. Raises PyMongoError."""
        await self._gathering.add(document)

    async def _write(self, documents: list[Document]) -> None:
        try:
            await self._collection.bulk_write([replacement(document) for document in newest(documents).values()], ordered=False)
        except BulkWriteError as error:
            if any(problem["code"] != _DUPLICATE_KEY for problem in error.details["writeErrors"]) or error.details["writeConcernErrors"]:
                raise
