"""Background tasks that somebody waits for in the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_CANCEL_AGAIN_SECONDS = 0.2


class Tasks:
    """Keeps tasks alive until they are done. A task must handle its own errors."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run in the background."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        """Wait for all, also for those that are spawned meanwhile."""
        while self._running:
            await asyncio.wait(self._running)

    async def cancel(self) -> None:
        """Stop all."""
        for task in list(self._running):
            task.cancel()
        await self.finish()


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its end.

    aiormq turns a cancellation that hits one of its calls into an exception of its own, which looks like a lost channel.
    So once may not do.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_AGAIN_SECONDS)
    if not task.cancelled():
        task.result()
