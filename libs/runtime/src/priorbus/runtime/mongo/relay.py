"""Publishes what was committed: tails a collection by change stream and hands every inserted row on, at least once, in order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import structlog
from pymongo.errors import OperationFailure, PyMongoError

from priorbus.runtime.bus import NotAccepted
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.mongo.checkpoint import Checkpoint, Checkpoints
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.errors import Conflict, translated_errors
from priorbus.runtime.mongo.lease import Lease
from priorbus.runtime.mongo.source import Outlet, Source
from priorbus.runtime.mongo.store import Store
from priorbus.runtime.mongo.tail import ROWS_AT_ONCE, HistoryLost, Tail
from priorbus.runtime.settlement import StoreUnavailable

log = structlog.get_logger()
_PASSING = (HistoryLost, StoreUnavailable, NotAccepted, Conflict, PyMongoError)
_AWAIT_MS = 1000
_MARGIN = timedelta(minutes=10)
"""More than clocks differ and a commit takes."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0


class Relay:
    """Tails one collection of a service's database. One process at a time works (lease), the others stand by.

    Every row is sent at least once, and rows committed one after the other in that order; after a failure some are sent again.
    """

    def __init__(self, store: Store, source: Source, outlet: Outlet, clock: Clock = utc_now) -> None:
        name = f"relay.{source.collection}"
        self._client = store.client
        self._rows = store.database[source.collection]
        self._source = source
        self._outlet = outlet
        self._clock = clock
        self._lease = Lease(store.database, name)
        self._checkpoints = Checkpoints(store.database, name)

    async def run(self) -> None:
        """Until cancelled; notes then how far it has come."""
        await self._lease.run(self._keep_tailing)

    async def _keep_tailing(self) -> None:
        loop = asyncio.get_running_loop()
        delay = _FIRST_DELAY
        while True:
            started = loop.time()
            try:
                await self._tail_from_checkpoint()
            except _PASSING as error:
                delay = _FIRST_DELAY if loop.time() - started > _LONGEST_DELAY else min(delay * 2, _LONGEST_DELAY)
                log.warning("relay waits", collection=self._source.collection, delay_seconds=delay, error=error)
            await asyncio.sleep(delay)

    async def _tail_from_checkpoint(self) -> None:
        checkpoint = await self._checkpoints.read()
        if checkpoint is not None:
            try:
                await self._tail(checkpoint, None)
            except HistoryLost:
                log.error("history of the change stream lost, sending rows again", collection=self._source.collection)  # noqa: TRY400
        await self._tail(None, _BEGINNING if checkpoint is None else checkpoint.at - _MARGIN)

    async def _tail(self, checkpoint: Checkpoint | None, since: datetime | None) -> None:
        """From a checkpoint; or from now, and before that the rows committed since some time. The stream is open before they are read."""
        token = None if checkpoint is None else checkpoint.token
        try:
            with translated_errors():
                async with self._client.watch(self._rows, self._source.pipeline(), resume_after=token, await_ms=_AWAIT_MS) as stream:
                    tail = Tail(stream, self._outlet, self._checkpoints, self._source, self._clock)
                    await tail.run(self._committed(since))
        except OperationFailure as error:
            if token is None:
                raise
            # whatever is wrong with this token, the rows are still there
            raise HistoryLost from error

    async def _committed(self, since: datetime | None) -> AsyncIterator[list[Document]]:
        """Rows since then in the order of the index: by time, then as inserted."""
        if since is None:
            return
        time_field = self._source.time_field
        query = {**self._source.query, time_field: {"$gte": since}}
        async with self._client.session() as session:
            with translated_errors():
                # the stream starts at the last write, a majority read may show less: wait until it shows everything before the stream
                await self._rows.database.command("ping", session=session)
            found = self._rows.find(query, self._source.projection(), session=session).sort(time_field, 1)
            while True:
                with translated_errors():
                    rows = await found.to_list(ROWS_AT_ONCE)
                if not rows:
                    return
                yield rows
