"""What a group commits, and the store it commits to. `Store` is the real one, `priorbus.runtime.testing.store.MemoryStore` the double."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from priorbus.runtime.bus.names import Exchange
from priorbus.runtime.work import Collection, Reader, Ref

Slot = tuple[str, str]
"""Where an aggregate lives: name of the collection and `_id`."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An aggregate as it was read. `rev` is 0 and `aggregate` None when there is none."""

    aggregate: Any
    rev: int


@dataclass(frozen=True, slots=True)
class Save:
    """One aggregate to insert (`rev` 0), to replace, or to delete (`aggregate` None); `rev` is the one that was loaded."""

    collection: Collection[Any]
    id: str
    tenant: str
    aggregate: Any
    rev: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be published after the commit. `key` is the wire type, `body` one CloudEvent as JSON."""

    exchange: Exchange
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class JournalRow:
    """Inbox record, reply and outbox of one handled message. `reply` is the JSON of the whole Reply, None for facts."""

    id: str
    tenant: str
    type: str
    at: datetime
    reply: bytes | None
    out: tuple[Outgoing, ...] = ()


@dataclass(frozen=True, slots=True)
class IdempotencyRow:
    """The success that a client's key stands for (Conventions 5). `message_id` finds its reply in the journal."""

    scope: str
    fingerprint: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A command that is sent once `due` has passed. `id` is `<tenant>/<key>`, `key` the wire type, `body` one CloudEvent as JSON."""

    id: str
    tenant: str
    due: datetime
    key: str
    body: bytes


@dataclass(slots=True)
class Changes:
    """Everything one transaction writes. `timers` maps ids to the new row, or None to drop a waiting one."""

    saves: list[Save] = field(default_factory=list)
    journal: list[JournalRow] = field(default_factory=list)
    idempotency: list[IdempotencyRow] = field(default_factory=list)
    timers: dict[str, TimerRow | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.saves or self.journal or self.idempotency or self.timers)


class TransactionalStore(Reader, Protocol):
    """The database of one service. Every method raises StoreUnavailable."""

    timers_changed: asyncio.Event
    """Set after a commit that scheduled or dropped a timer."""

    async def load(self, refs: Iterable[Ref]) -> Mapping[Slot, Loaded]:
        """Read many aggregates, one query per collection; absent ones are included."""

    async def recorded(self, message_ids: Sequence[str]) -> Mapping[str, bytes | None]:
        """The replies of those messages that are in the journal."""

    async def idempotency(self, scopes: Sequence[str]) -> Mapping[str, IdempotencyRow]:
        """The records of those scopes that have one."""

    async def commit(self, changes: Changes) -> None:
        """Write everything or nothing, durably. Raises Conflict when a revision moved on or a key is taken."""
