"""The double of `priorbus.runtime.mongo.Store`."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import bson
from pydantic import BaseModel

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import MESSAGES, Message
from priorbus.runtime import cloudevents
from priorbus.runtime.mongo.documents import document_id, from_document, slot_of, to_document
from priorbus.runtime.mongo.driver import CODEC
from priorbus.runtime.mongo.errors import Conflict
from priorbus.runtime.mongo.transactional import Changes, IdempotencyRow, JournalRow, Loaded, Save, Slot, TimerRow
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.work import Collection, Ref

T = TypeVar("T", bound=BaseModel)


class MemoryStore:
    """One service's database in memory; satisfies `TransactionalStore`. With `available` False every method raises StoreUnavailable."""

    def __init__(self) -> None:
        self.available = True
        self.timers_changed = asyncio.Event()
        self.journal: dict[str, JournalRow] = {}
        self.timers: dict[str, TimerRow] = {}
        self._idempotency: dict[str, IdempotencyRow] = {}
        self._documents: dict[Slot, bytes] = {}

    async def get(self, collection: Collection[T], tenant: str, key: str) -> T | None:
        """One aggregate as committed."""
        loaded = await self.load((Ref(collection, tenant, key),))
        aggregate: T | None = loaded[collection.name, document_id(tenant, key)].aggregate
        return aggregate

    def all(self, collection: Collection[T], tenant: str) -> list[T]:
        """Every aggregate of a tenant as committed, for doubles of indexes."""
        slots = [slot for slot in self._documents if slot[0] == collection.name and slot[1].startswith(f"{tenant}/")]
        return [self._loaded(collection, slot).aggregate for slot in slots]

    async def put(self, collection: Collection[T], tenant: str, aggregate: T) -> None:
        """What a test finds there already."""
        id_ = document_id(tenant, collection.key(aggregate))
        rev = self._loaded(collection, (collection.name, id_)).rev
        await self.commit(Changes(saves=[Save(collection, id_, tenant, aggregate, rev)]))

    async def load(self, refs: Iterable[Ref]) -> Mapping[Slot, Loaded]:
        self._check_available()
        return {slot_of(ref): self._loaded(ref.collection, slot_of(ref)) for ref in refs}

    async def recorded(self, message_ids: Sequence[str]) -> Mapping[str, bytes | None]:
        self._check_available()
        return {id_: self.journal[id_].reply for id_ in message_ids if id_ in self.journal}

    async def idempotency(self, scopes: Sequence[str]) -> Mapping[str, IdempotencyRow]:
        self._check_available()
        return {scope: self._idempotency[scope] for scope in scopes if scope in self._idempotency}

    async def commit(self, changes: Changes) -> None:
        await asyncio.sleep(0)  # lets others come in between, as a real database does
        self._check_available()
        documents = {(save.collection.name, save.id): self._encoded(save) for save in changes.saves}
        _check_new(self.journal, [row.id for row in changes.journal])
        _check_new(self._idempotency, [row.scope for row in changes.idempotency])
        self.journal |= {row.id: row for row in changes.journal}
        self._idempotency |= {row.scope: row for row in changes.idempotency}
        self._documents |= {slot: document for slot, document in documents.items() if document is not None}
        for slot in [slot for slot, document in documents.items() if document is None]:
            del self._documents[slot]
        self._set_timers(changes)

    def published(self) -> list[Message]:
        """Every fact and command in the outbox, in order."""
        return [MESSAGES[envelope.type].model_validate(envelope.data) for envelope in self.outbox()]

    def outbox(self) -> list[Envelope]:
        """Every message in the outbox with its envelope, in order."""
        bodies = [out.body for row in self.journal.values() for out in row.out]
        return cloudevents.decode(cloudevents.join(bodies)) if bodies else []

    def _check_available(self) -> None:
        if not self.available:
            raise StoreUnavailable

    def _loaded(self, collection: Collection[T], slot: Slot) -> Loaded:
        document = self._documents.get(slot)
        return Loaded(None, 0) if document is None else from_document(collection, bson.decode(document, CODEC))

    def _encoded(self, save: Save) -> bytes | None:
        """The document as MongoDB would keep it, None to delete it."""
        stored = self._loaded(save.collection, (save.collection.name, save.id))
        if stored.rev != save.rev:
            raise Conflict("a revision moved on")
        return None if save.aggregate is None else bson.encode(to_document(save.aggregate, save.id, save.tenant, save.rev + 1))

    def _set_timers(self, changes: Changes) -> None:
        for id_, row in changes.timers.items():
            if row is None:
                self.timers.pop(id_, None)
            else:
                self.timers[id_] = row
        if changes.timers:
            self.timers_changed.set()


def _check_new(present: Mapping[str, object], keys: Sequence[str]) -> None:
    if len(set(keys)) < len(keys) or any(key in present for key in keys):
        raise Conflict("a key is taken")
