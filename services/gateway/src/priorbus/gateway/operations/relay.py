"""Sends the commands of pending operations until they are settled; runs under a lease in one gateway at a time."""

import asyncio

import structlog
from pymongo.errors import PyMongoError

from priorbus.gateway.operations.marks import IdempotencyMarks
from priorbus.gateway.operations.store import OperationStore, pause_after
from priorbus.runtime.bus import NotAccepted, Requests
from priorbus.runtime.mongo.documents import Document

_LIMIT = 200
log = structlog.get_logger()


class OperationRelay:
    """The same message id every time, so the owner carries a command out once and repeats its reply."""

    def __init__(self, operations: OperationStore, marks: IdempotencyMarks, requests: Requests, *, poll_seconds: float = 0.5) -> None:
        self._operations = operations
        self._marks = marks
        self._requests = requests
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                busy = await self._round()
            except PyMongoError as error:
                busy = False
                log.warning("pending operations can not be read", error=error)
            if not busy:
                await asyncio.sleep(self._poll_seconds)

    async def _round(self) -> bool:
        rows = await self._operations.due(_LIMIT)
        results = await asyncio.gather(*(self._send(row) for row in rows), return_exceptions=True)
        failed = [result for result in results if isinstance(result, BaseException)]
        for error in failed:
            if not isinstance(error, NotAccepted):
                raise error
        return bool(rows) and not failed

    async def _send(self, row: Document) -> None:
        if row["scope"]:
            await self._marks.keep(row["scope"], row["command_id"], row["_id"], pause_after(row))
        await self._requests.send(row["command"], row["key"])
        await self._operations.postpone(row)
