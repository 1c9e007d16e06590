"""Writes to what the gateway owns itself: always synchronous, with the idempotency rules of all writes (Conventions 1.1, 5, 7.6)."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.fingerprint import fingerprint
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.marks import idempotency_scope
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo import translated_errors
from priorbus.runtime.mongo.driver import Client, Database, Session
from priorbus.runtime.mongo.errors import Conflict

COLLECTION = "idempotency"
_TRIES = 20
_LONGEST_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to a write; `kept` is the body for replays where it differs, because a secret is shown once (5.7)."""

    answer: Answer
    kept: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Key:
    scope: str = field(repr=False)
    fingerprint: str


Write = Callable[[Session], Awaitable[Written]]
"""Does a write in the session's transaction; raises Problem, and may run again after a conflict."""


class OwnWrites:
    """Runs writes in a transaction with the record of their idempotency key."""

    def __init__(self, client: Client, database: Database, clock: Clock) -> None:
        self._client = client
        self._rows = database[COLLECTION]
        self._clock = clock

    async def run(self, call: Call, write: Write) -> Answer:
        """The answer of the write, or of the first one with its key. Raises Problem (409) on a key used for something else."""
        key = None
        if call.idempotency_key is not None:
            key = _Key(idempotency_scope(call), fingerprint(call.body, call.path, call.query))
        for _ in range(_TRIES):
            replay = await self._replay(key) if key is not None else None
            if replay is not None:
                return replay
            try:
                with translated_errors():
                    return await self._attempt(key, write)
            except Conflict:
                await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - not a secret
        raise Problem("idempotency_in_progress" if key is not None else "service_unavailable")

    async def _attempt(self, key: _Key | None, write: Write) -> Answer:
        async with self._client.transaction() as session:
            written = await write(session)
            if key is not None:
                answer = written.answer
                record = {
                    "_id": key.scope,
                    "fingerprint": key.fingerprint,
                    "status": answer.status,
                    "headers": dict(answer.headers),
                    "body": answer.body if written.kept is None else written.kept,
                    "at": self._clock(),
                }
                await self._rows.insert_one(record, session=session)
        return written.answer

    async def _replay(self, key: _Key) -> Answer | None:
        record = await self._rows.find_one({"_id": key.scope})
        if record is None:
            return None
        if record["fingerprint"] != key.fingerprint:
            raise Problem("idempotency_key_reused")
        return Answer(record["status"], record["body"], {**record["headers"], "Idempotency-Replayed": "true"})
