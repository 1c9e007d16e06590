"""Messages that get ready to commit at about the same time do it in one transaction: while one group commits, the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context

from priorbus.runtime.mongo.jobs import Job
from priorbus.runtime.settlement import Settlement

Commit = Callable[[Sequence[Job]], Awaitable[Sequence[Settlement]]]
_Waiting = tuple[Job, asyncio.Future[Settlement]]


class Joining:
    """One group in hand, of at most `group_max`. What a message has observed may be older than the group; its handler reads anew."""

    def __init__(self, commit: Commit, group_max: int) -> None:
        self._commit = commit
        self._group_max = group_max
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None

    async def run(self, job: Job) -> Settlement:
        """Commit with whoever else is ready. Raises StoreUnavailable."""
        settled: asyncio.Future[Settlement] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, settled))
        if self._committing is None:
            # a group's log lines belong to no message of it
            self._committing = asyncio.create_task(self._commit_all(), context=Context())
        return await settled

    async def _commit_all(self) -> None:
        try:
            while self._waiting:
                group = self._waiting[: self._group_max]
                del self._waiting[: self._group_max]
                await self._settle(group)
        finally:
            self._committing = None

    async def _settle(self, group: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._commit([job for job, _ in group])
        except asyncio.CancelledError:
            for _, settled in group:
                settled.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - each message's own task settles it
            for _, settled in group:
                if not settled.done():
                    settled.set_exception(error)
            return
        for (_, settled), outcome in zip(group, outcomes, strict=True):
            if not settled.done():
                settled.set_result(outcome)
