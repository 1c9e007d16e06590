"""The unit of work that handlers see: load, put, publish, schedule; nothing is written before the runtime commits.

The real adapter is `priorbus.runtime.mongo`, the double is `priorbus.runtime.testing`; both pass one contract test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from priorbus.contracts.messages import Command, Message

T = TypeVar("T", bound=BaseModel)

EVERY_TENANT = "*"
"""The tenant under which data shared by all tenants is kept (templates, payers)."""


@dataclass(frozen=True)
class Index:
    """A secondary index. `keys` are (field, 1 or -1); with `expire_after` seconds MongoDB removes documents by that date field."""

    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    expire_after: int | None = None
    partial: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Collection(Generic[T]):
    """Where aggregates of one model live.

    A document is the model's fields plus `_id` = "<tenant>/<key>", `tenant` and `rev` (grows with every save, guards against lost updates).
    `remembered` is how many aggregates a process keeps as it last committed them, to read only their `rev` next time; 0 where aggregates
    are deleted, because one made anew has the `rev` of an old one. `retired` are indexes of earlier versions that must not go on working.
    """

    name: str
    model: type[T]
    key: Callable[[T], str]
    indexes: tuple[Index, ...] = field(default=())
    remembered: int = 0
    retired: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ref:
    """An aggregate that a message will touch, so that a group can load all of them with one query per collection."""

    collection: Collection[Any]
    tenant: str
    key: str


class Reader(Protocol):
    """Read access to aggregates."""

    async def get(self, collection: Collection[T], tenant: str, key: str) -> T | None:
        """The aggregate as of this work (own puts included), None when the tenant has none with that key."""


class UnitOfWork(Reader, Protocol):
    """Everything one message changes. Committed by the runtime with the inbox record, the outbox rows and the reply in one transaction."""

    def put(self, collection: Collection[T], tenant: str, aggregate: T) -> None:
        """Insert the aggregate, or replace the one that this work loaded; a concurrent change makes the runtime run the message again."""

    def delete(self, collection: Collection[T], tenant: str, key: str) -> None:
        """Remove an aggregate that this work loaded."""

    def publish(self, message: Message) -> None:
        """A fact or a command to another service, caused by the present message: leaves in order through the outbox after the commit."""

    def schedule(self, key: str, due: datetime, command: Command) -> None:
        """A durable timer: the command is sent to its owner once `due` has passed. The same key replaces a waiting timer."""

    def unschedule(self, key: str) -> None:
        """Drop a waiting timer; unknown keys are fine."""
