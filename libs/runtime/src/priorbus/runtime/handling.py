"""How a service says which message it handles with what: the subscription table and what a handler is given."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, Field

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Message
from priorbus.contracts.replies import Refusal
from priorbus.runtime.work import Reader, Ref, UnitOfWork

Result = BaseModel | dict[str, Any] | None
"""What the owner answers on success: becomes `Reply.result`."""


class Ids(Protocol):
    """Mints ids."""

    def __call__(self, prefix: str) -> str:
        """A new unique id `<prefix>_<26 characters>`, sortable by time."""


@dataclass(frozen=True)
class Context:
    """What a handler may use besides its message. `observed` is what the subscription's `observe` returned for this message."""

    envelope: Envelope
    work: UnitOfWork
    now: datetime
    new_id: Ids
    observed: Any = None

    @property
    def tenant(self) -> str:
        """The tenant of the message: part of every load and every put."""
        return self.envelope.tenant


class LastingRefusal(Refusal):
    """A refusal whose changes are kept, because the attempt itself moved the state (an upload that failed its checks).

    `result` becomes `Reply.result` beside the refusal: the state after it.
    """

    result: dict[str, Any] | None = Field(default=None, exclude=True)


Handler = Callable[[Any, Context], Awaitable[Result | Refusal]]
"""`load, decide, save, record`. A Refusal undoes everything the handler put or published, a LastingRefusal keeps it.

An exception is a fault: retried, then parked."""

Step = Callable[[Context], Awaitable[dict[str, Any]]]
"""`load, decide, save, record` of a part of a message; the result is recorded and is the same when the message comes again."""


class Outside(Reader, Protocol):
    """What an observer has: aggregates as committed, and transactions ahead of its message's own."""

    async def commit(self, name: str, step: Step, touches: Iterable[Ref] = ()) -> dict[str, Any]:
        """Commit a part of the message's effect once, whatever becomes of the rest; `name` is unique within the message.

        Gives what the step returned, also when an earlier run of the message committed it. Raises TransientError, StoreUnavailable.
        """


Observer = Callable[[Any, Envelope, Outside], Awaitable[Any]]
"""Contact with the outside world (object store, payer) before the transaction; may run again, so it must be safe to repeat."""


@dataclass(frozen=True)
class Subscription:
    """One row of a service's `subscriptions` table.

    `touches` names the aggregates to load ahead. With `observe` the message runs concurrently with others: first `observe` outside any
    transaction, then `handle` in one with whatever else is ready by then. So `handle` reads again what the decision depends on, and
    `expects` names, from what was observed, the aggregates to load ahead.
    """

    message: type[Message]
    handle: Handler
    touches: Callable[[Any, str], Iterable[Ref]] | None = None
    observe: Observer | None = None
    expects: Callable[[Any, str], Iterable[Ref]] | None = None


class TransientError(Exception):
    """Try this message again later with growing delay; raised by observers and handlers, never holds PHI in its text."""
