"""Versioned documents: a state is written only over an older one (Conventions 1.5, 1.6).

`rank` orders the states of one resource. Many states that arrive together travel in one bulk write.
"""

import asyncio
from collections.abc import Iterable, Mapping

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError

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
    """Writes states carried by replies before the replies are answered. While one bulk write runs, the next one gathers."""

    def __init__(self, collection: Rows) -> None:
        self._collection = collection
        self._waiting: list[Document] = []
        self._next: asyncio.Future[None] | None = None
        self._running: asyncio.Task[None] | None = None

    async def write(self, document: Document) -> None:
        """Return once the collection holds this state or a newer one. Raises PyMongoError."""
        self._waiting.append(document)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._drain())
        await asyncio.shield(self._next)

    async def _drain(self) -> None:
        while self._waiting and self._next is not None:
            documents, done = self._waiting, self._next
            self._waiting, self._next = [], None
            try:
                await self._flush(newest(documents))
            except Exception as error:  # noqa: BLE001 - every waiting call gets it
                done.set_exception(error)
                done.exception()
            else:
                done.set_result(None)

    async def _flush(self, documents: Mapping[str, Document]) -> None:
        try:
            await self._collection.bulk_write([replacement(document) for document in documents.values()], ordered=False)
        except BulkWriteError as error:
            if any(problem["code"] != _DUPLICATE_KEY for problem in error.details["writeErrors"]) or error.details["writeConcernErrors"]:
                raise
