"""One uninterrupted stretch of a relay's work: read, send, see confirmed, note the checkpoint, all at the same time."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from priorbus.runtime.bus import Confirmation, NotAccepted
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo import metrics
from priorbus.runtime.mongo.checkpoint import Checkpoint, Checkpoints
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import ChangeStream
from priorbus.runtime.mongo.errors import translated_errors
from priorbus.runtime.mongo.source import Outlet, Source
from priorbus.runtime.settlement import StoreUnavailable

ROWS_AT_ONCE = 128
_READ_AHEAD = 512
_IN_FLIGHT = 32
_NOTE_SECONDS = 0.2
_QUIET_SECONDS = 10.0
_DRAIN_SECONDS = 2.0


class HistoryLost(Exception):
    """The change stream can not go on from the checkpoint."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A row and the point in the stream after it; without a row, only the point."""

    row: Document | None
    checkpoint: Checkpoint


_Sent = tuple[Sequence[Confirmation], Checkpoint | None]
"""Rows in flight and how far the relay has come when they are confirmed, None where that can not be said."""


class Tail:
    """Used once. `run` ends with an exception only; what was confirmed by then is noted."""

    def __init__(self, stream: ChangeStream, outlet: Outlet, checkpoints: Checkpoints, source: Source, clock: Clock) -> None:
        self._stream = stream
        self._outlet = outlet
        self._checkpoints = checkpoints
        self._time_field = source.time_field
        self._clock = clock
        self._read: asyncio.Queue[_Read] = asyncio.Queue(_READ_AHEAD)
        self._sent: asyncio.Queue[_Sent] = asyncio.Queue(_IN_FLIGHT)
        self._oldest: _Sent | None = None
        self._confirmed: Checkpoint | None = None
        self._opened = clock()
        # Read now: once rows have been read ahead, the stream's token is behind them, and they may never be confirmed.
        self._start = stream.resume_token
        self._lag = metrics.relay_lag_seconds.labels(source.collection)

    async def run(self, missed: AsyncIterable[list[Document]]) -> None:
        """First the rows that the stream does not show, then those that it does.

        Raises HistoryLost, StoreUnavailable, NotAccepted, driver errors.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read_stream())
                tasks.create_task(self._send(missed))
                tasks.create_task(self._confirm())
                tasks.create_task(self._note_regularly())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            await self._drain()

    async def _read_stream(self) -> None:
        loop = asyncio.get_running_loop()
        noted = loop.time()
        while self._stream.alive:
            asked = self._clock()
            with translated_errors():
                change = await self._stream.try_next()
            token = self._stream.resume_token
            if change is not None and token is not None:
                row = change["fullDocument"]
                await self._read.put(_Read(row, Checkpoint(token, row[self._time_field])))
            elif token is not None and loop.time() > noted + _QUIET_SECONDS:
                # even where nothing is published for days the token must not grow older than the database's history
                await self._read.put(_Read(None, Checkpoint(token, asked)))
                noted = loop.time()
        raise HistoryLost

    async def _send(self, missed: AsyncIterable[list[Document]]) -> None:
        async for rows in missed:
            await self._sent.put((await self._outlet.send(rows), None))
        if self._start is not None:
            await self._sent.put(((), Checkpoint(self._start, self._opened)))
        while True:
            read = [await self._read.get()]
            while len(read) < ROWS_AT_ONCE and not self._read.empty():
                read.append(self._read.get_nowait())
            rows = [each.row for each in read if each.row is not None]
            await self._sent.put((await self._outlet.send(rows), read[-1].checkpoint))

    async def _confirm(self) -> None:
        while True:
            await self._confirm_oldest()

    async def _confirm_oldest(self) -> None:
        if self._oldest is None:
            self._oldest = await self._sent.get()
        confirmations, checkpoint = self._oldest
        if confirmations:
            done, _ = await asyncio.wait(confirmations, return_when=asyncio.FIRST_EXCEPTION)
            for confirmation in done:
                confirmation.result()
        self._oldest = None
        if checkpoint is not None:
            self._confirmed = checkpoint
            self._lag.set((self._clock() - checkpoint.at).total_seconds())

    async def _note_regularly(self) -> None:
        while True:
            await self._note()
            await asyncio.sleep(_NOTE_SECONDS)

    async def _note(self) -> None:
        checkpoint, self._confirmed = self._confirmed, None
        if checkpoint is not None:
            await self._checkpoints.write(checkpoint)

    async def _drain(self) -> None:
        """Note as much as possible, so that the next one sends as little as possible twice."""
        with suppress(TimeoutError, NotAccepted, StoreUnavailable):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while self._oldest is not None or not self._sent.empty():
                    await self._confirm_oldest()
        with suppress(StoreUnavailable):
            await self._note()
