"""The MongoDB database of one service."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic import BaseModel

from priorbus.runtime.mongo.commit import IDEMPOTENCY, JOURNAL, write
from priorbus.runtime.mongo.documents import document_id, from_document, slot_of
from priorbus.runtime.mongo.driver import Client, Database, DriverName, connect
from priorbus.runtime.mongo.errors import translated_errors
from priorbus.runtime.mongo.indexes import IDEMPOTENCY_DAYS, ensure_indexes
from priorbus.runtime.mongo.memory import Memory
from priorbus.runtime.mongo.transactional import Changes, IdempotencyRow, Loaded, Slot
from priorbus.runtime.work import Collection, Ref

T = TypeVar("T", bound=BaseModel)
_ABSENT = Loaded(None, 0)


class Store:
    """Aggregates, journal, idempotency records and timers; satisfies `TransactionalStore`.

    `database` is there for read models and leases; its operations raise driver errors, so wrap them in `translated_errors`.
    """

    def __init__(self, client: Client, database: Database, idempotency_days: int = IDEMPOTENCY_DAYS) -> None:
        self.client = client
        self.database = database
        self._idempotency_days = idempotency_days
        self.timers_changed = asyncio.Event()
        self._memory = Memory()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, database: str, driver: DriverName = "pymongo", idempotency_days: int = IDEMPOTENCY_DAYS
    ) -> AsyncIterator["Store"]:
        """Connect, at the first operation, and close at the end."""
        client = connect(url, driver)
        try:
            yield cls(client, client.database(database), idempotency_days)
        finally:
            await client.close()

    async def ping(self) -> None:
        """Raises StoreUnavailable when there is no primary (readiness)."""
        with translated_errors():
            await self.database.command("ping")

    async def ensure_indexes(self, collections: Iterable[Collection[Any]]) -> None:
        """Make the collections and indexes of a service. Raises IndexMismatch."""
        await ensure_indexes(self.database, collections, self._idempotency_days)

    async def get(self, collection: Collection[T], tenant: str, key: str) -> T | None:
        """One aggregate as committed."""
        with translated_errors():
            document = await self.database[collection.name].find_one({"_id": document_id(tenant, key)})
        return None if document is None else from_document(collection, document).aggregate

    async def find(
        self, collection: Collection[T], query: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[T]:
        """Aggregates by a MongoDB query over the model's fields, `tenant` and `_id`. `limit` 0 is no limit."""
        with translated_errors():
            documents = await self.database[collection.name].find(query, sort=list(sort) or None, limit=limit).to_list(None)
        return [from_document(collection, document).aggregate for document in documents]

    async def load(self, refs: Iterable[Ref]) -> Mapping[Slot, Loaded]:
        found: dict[Slot, Loaded] = {}
        wanted: dict[Collection[Any], list[str]] = defaultdict(list)
        for ref in refs:
            slot = slot_of(ref)
            if slot not in found:
                found[slot] = _ABSENT
                wanted[ref.collection].append(slot[1])
        for collection, ids in wanted.items():
            with translated_errors():
                known = await self._unchanged(collection, ids)
                unknown = [id_ for id_ in ids if id_ not in known]
                documents = await self.database[collection.name].find({"_id": {"$in": unknown}}).to_list(None) if unknown else []
            found |= {(collection.name, id_): loaded for id_, loaded in known.items()}
            found |= {(collection.name, document["_id"]): from_document(collection, document) for document in documents}
        return found

    async def _unchanged(self, collection: Collection[Any], ids: Iterable[str]) -> Mapping[str, Loaded]:
        """What is remembered and nobody else has changed since."""
        remembered = self._memory.of(collection.name, ids)
        if not remembered:
            return {}
        rows = await self.database[collection.name].find({"_id": {"$in": list(remembered)}}, {"rev": 1}).to_list(None)
        return {row["_id"]: remembered[row["_id"]] for row in rows if remembered[row["_id"]].rev == row["rev"]}

    async def recorded(self, message_ids: Sequence[str]) -> Mapping[str, bytes | None]:
        with translated_errors():
            rows = await self.database[JOURNAL].find({"_id": {"$in": list(message_ids)}}, {"reply": 1}).to_list(None)
        return {row["_id"]: row.get("reply") for row in rows}

    async def idempotency(self, scopes: Sequence[str]) -> Mapping[str, IdempotencyRow]:
        with translated_errors():
            rows = await self.database[IDEMPOTENCY].find({"_id": {"$in": list(scopes)}}).to_list(None)
        return {row["_id"]: IdempotencyRow(row["_id"], row["fingerprint"], row["message_id"], row["at"]) for row in rows}

    async def commit(self, changes: Changes) -> None:
        with translated_errors():
            async with self.client.transaction() as session:
                await write(self.database, session, changes)
        self._memory.committed(changes.saves)
        if changes.timers:
            self.timers_changed.set()
