"""Completes operations: their rows and the events that announce it in one transaction, many at a time."""

import asyncio
import random
from dataclasses import dataclass

from priorbus.gateway.events.log import EventLog
from priorbus.gateway.gathering import Gathering
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.announcing import announcement
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.operations.store import OperationStore
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo import Client, Conflict, translated_errors
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

_TRIES = 20
_LONGEST_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Completion:
    """A pending operation and its outcome. `target` is the resource as the reply names it, `problem` why there is none."""

    row: Document
    target: Target
    problem: Problem | None


class OperationLedger:
    """Positions of the event log are taken one transaction after the other, so operations that end together share one."""

    def __init__(self, client: Client, database: Database, operations: OperationStore, clock: Clock, base_url: str) -> None:
        self._client = client
        self._log = EventLog(database)
        self._operations = operations
        self._clock = clock
        self._base_url = base_url
        self._gathering = Gathering(self._complete)

    async def complete(self, completion: Completion) -> None:
        """Make an operation terminal; harmless if it is already. Raises Conflict, StoreUnavailable."""
        await self._gathering.add(completion)

    async def _complete(self, completions: list[Completion]) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                with translated_errors():
                    async with self._client.transaction() as session:
                        return await self._write(completions, session)
            except Conflict:
                if not tries_left:
                    raise
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - jitter
        return None

    async def _write(self, completions: list[Completion], session: Session) -> None:
        now = self._clock()
        rows = []
        for completion in completions:
            if await self._operations.complete(completion.row, completion.target, completion.problem, session):
                status = "failed" if completion.problem else "succeeded"
                rows.append(announcement(completion.row, status, now, self._base_url))
        await self._log.append(session, rows, now)
