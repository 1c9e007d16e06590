"""Joins small pieces of work: while one batch is being done, the next one gathers. No timer waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """Hands items to `work` in batches, one batch at a time, in the order they came."""

    def __init__(self, work: Callable[[list[T]], Awaitable[None]]) -> None:
        self._work = work
        self._waiting: list[T] = []
        self._done: asyncio.Future[None] | None = None
        self._running: asyncio.Task[None] | None = None

    async def add(self, item: T) -> None:
        """Return when the batch with this item is done; raises what `work` raised."""
        self._waiting.append(item)
        if self._done is None:
            self._done = asyncio.get_running_loop().create_future()
        done = self._done
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._drain())
        await asyncio.shield(done)

    async def _drain(self) -> None:
        while self._done is not None:
            items, done = self._waiting, self._done
            self._waiting, self._done = [], None
            try:
                await self._work(items)
            except Exception as error:  # noqa: BLE001 - everyone who waits gets it
                done.set_exception(error)
                # Those who waited may have gone; then nobody else looks at it.
                done.exception()
            else:
                done.set_result(None)
