"""The loop that takes what is due and has it delivered.

    dispatcher = Dispatcher(Lease(store.database, "notifications"), find_due, deliver)
    tasks = {"notifications": dispatcher.run}

What is due stays in the database until `deliver` has recorded the outcome there, so a process that dies on any line leaves it due:
deliveries happen at least once. The lease keeps a second process from doing the same at the same time, but for a moment both may
think they hold it; so `deliver` records an outcome only if nobody else did.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from priorbus.runtime.mongo import Lease
from priorbus.runtime.settlement import StoreUnavailable

log = structlog.get_logger()
T = TypeVar("T")
_AT_ONCE = 100
_POLL_SECONDS = 0.5
_REST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Due(Generic[T]):
    """One thing to deliver: never twice at once under one `key`, and not more than so many at once in one `lane` (a receiver)."""

    key: str
    lane: str
    item: T


@dataclass(frozen=True, slots=True)
class InHand:
    """What not to find: keys that are being delivered, and lanes that are full."""

    keys: Collection[str] = field(default=frozenset())
    full_lanes: Collection[str] = field(default=frozenset())


Find = Callable[[InHand, int], Awaitable[Sequence[Due[T]]]]
"""At most so many that are due now, the longest due first. Raises StoreUnavailable."""
Deliver = Callable[[T], Awaitable[None]]
"""Deliver and record the outcome, which changes when it is due; a failure of the receiver is an outcome, too."""


class Dispatcher(Generic[T]):
    """Delivers `at_once` at most, and `per_lane` at most to one receiver, so that a slow one takes no other's place."""

    def __init__(self, lease: Lease, find: Find[T], deliver: Deliver[T], *, at_once: int = _AT_ONCE, per_lane: int = 1) -> None:
        self._lease = lease
        self._find = find
        self._deliver = deliver
        self._at_once = at_once
        self._per_lane = per_lane
        self._lanes: dict[str, str] = {}
        self._done = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; what is under way then stays due."""
        await self._lease.run(self._dispatch)

    async def _dispatch(self) -> None:
        self._lanes.clear()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._done.clear()
                for due in self._admitted(await self._due()):
                    self._lanes[due.key] = due.lane
                    tasks.create_task(self._handle(due), name="delivery")
                await self._next_look()

    async def _due(self) -> Sequence[Due[T]]:
        free = self._at_once - len(self._lanes)
        if free <= 0:
            return ()
        full = {lane for lane, count in Counter(self._lanes.values()).items() if count >= self._per_lane}
        try:
            return await self._find(InHand(frozenset(self._lanes), frozenset(full)), free)
        except StoreUnavailable:
            log.warning("deliveries wait for the database", lease=self._lease.name)
            await asyncio.sleep(_REST_SECONDS)
            return ()

    def _admitted(self, found: Sequence[Due[T]]) -> Iterable[Due[T]]:
        """Those that a lane has room for; one look may find several of one lane."""
        busy = Counter(self._lanes.values())
        for due in found:
            if due.key not in self._lanes and busy[due.lane] < self._per_lane:
                busy[due.lane] += 1
                yield due

    async def _handle(self, due: Due[T]) -> None:
        try:
            await self._deliver(due.item)
        except Exception as error:  # noqa: BLE001 - it stays due, and the others go on
            log.error("delivery was not recorded", lease=self._lease.name, error=error)  # noqa: TRY400 - `error` says it
            await asyncio.sleep(_REST_SECONDS)
        finally:
            self._lanes.pop(due.key, None)
            self._done.set()

    async def _next_look(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._done.wait()
        except TimeoutError:
            return
