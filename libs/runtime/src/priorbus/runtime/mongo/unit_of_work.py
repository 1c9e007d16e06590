"""The identity map of a group and the unit of work that each of its messages sees."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Command, Message, Query
from priorbus.runtime.handling import Ids
from priorbus.runtime.ids import deterministic_id
from priorbus.runtime.mongo.documents import document_id, slot_of
from priorbus.runtime.mongo.encoding import Encoder, outgoing
from priorbus.runtime.mongo.transactional import Loaded, Outgoing, Save, Slot, TimerRow, TransactionalStore
from priorbus.runtime.work import Collection, Ref

T = TypeVar("T", bound=BaseModel)
_ABSENT = Loaded(None, 0)


class IdentityMap:
    """All aggregates of a group as its messages see them, one after the other."""

    def __init__(self, store: TransactionalStore) -> None:
        self._store = store
        self._loaded: dict[Slot, Loaded] = {}
        self._current: dict[Slot, Save] = {}

    async def load(self, refs: Iterable[Ref]) -> None:
        """Read ahead."""
        self._loaded.update(await self._store.load(refs))

    async def get(self, ref: Ref) -> Any:
        """The aggregate after the messages so far, None when absent."""
        slot = slot_of(ref)
        current = self._current.get(slot)
        if current is not None:
            return current.aggregate
        if slot not in self._loaded:
            await self.load((ref,))
        return self._loaded[slot].aggregate

    def set(self, ref: Ref, aggregate: Any) -> tuple[Slot, Save | None]:
        """Change an aggregate; gives what `restore` needs."""
        slot = slot_of(ref)
        rev = self._loaded.get(slot, _ABSENT).rev
        before = self._current.get(slot)
        self._current[slot] = Save(ref.collection, slot[1], ref.tenant, aggregate, rev)
        return slot, before

    def restore(self, slot: Slot, before: Save | None) -> None:
        """Undo one `set`, the last one first."""
        if before is None:
            del self._current[slot]
        else:
            self._current[slot] = before

    def saves(self) -> list[Save]:
        """What to write; an aggregate that came and went within the group is left out."""
        return [save for save in self._current.values() if save.rev or save.aggregate is not None]


class MessageWork:
    """What one message changes within its group; satisfies `UnitOfWork`. `undo` is its savepoint."""

    def __init__(self, aggregates: IdentityMap, cause: Envelope, now: datetime, ids: Ids) -> None:
        self.out: list[Outgoing] = []
        self.timers: dict[str, TimerRow | None] = {}
        self.encoder = Encoder()
        self._aggregates = aggregates
        self._undo: list[tuple[Slot, Save | None]] = []
        self._cause = cause
        self._now = now
        self._ids = ids

    async def get(self, collection: Collection[T], tenant: str, key: str) -> T | None:
        return cast(T | None, await self._aggregates.get(Ref(collection, tenant, key)))

    def put(self, collection: Collection[T], tenant: str, aggregate: T) -> None:
        self._undo.append(self._aggregates.set(Ref(collection, tenant, collection.key(aggregate)), aggregate))

    def delete(self, collection: Collection[T], tenant: str, key: str) -> None:
        self._undo.append(self._aggregates.set(Ref(collection, tenant, key), None))

    def publish(self, message: Message) -> None:
        if isinstance(message, Query):
            raise TypeError("a query has no place in the outbox: nobody would wait for its answer")
        prefix = "cmd" if isinstance(message, Command) else "fct"
        self.out.append(outgoing(message, self._ids(prefix), self._cause, self._now, self.encoder))

    def schedule(self, key: str, due: datetime, command: Command) -> None:
        row_id = document_id(self._cause.tenant, key)
        id_ = deterministic_id("tmr", row_id, due.isoformat(timespec="milliseconds"), self._cause.id)
        sent = outgoing(command, id_, self._cause, self._now, self.encoder)
        self.timers[row_id] = TimerRow(row_id, self._cause.tenant, due, sent.key, sent.body)

    def unschedule(self, key: str) -> None:
        self.timers[document_id(self._cause.tenant, key)] = None

    def changed(self) -> bool:
        """Whether this message wants anything written."""
        return bool(self._undo or self.out or self.timers)

    def undo(self) -> None:
        """Take back everything this message did."""
        for slot, before in reversed(self._undo):
            self._aggregates.restore(slot, before)
        self._undo.clear()
        self.out.clear()
        self.timers.clear()
