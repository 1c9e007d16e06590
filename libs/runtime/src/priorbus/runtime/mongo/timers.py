"""Sends scheduled commands once they are due: at least once, each time they were scheduled under an id of its own."""

import asyncio
from datetime import datetime, timedelta

import structlog

from priorbus.runtime.bus import NotAccepted, Publisher
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.mongo.commit import TIMERS
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.errors import translated_errors
from priorbus.runtime.mongo.lease import Lease
from priorbus.runtime.mongo.store import Store
from priorbus.runtime.settlement import StoreUnavailable

log = structlog.get_logger()
_AT_ONCE = 500
_POLL_SECONDS = 1.0
_LONGEST_DELAY = 5.0


class Timers:
    """The timer loop of one service."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock = utc_now) -> None:
        self._store = store
        self._rows = store.database[TIMERS]
        self._publisher = publisher
        self._clock = clock
        self._lease = Lease(store.database, "timers")

    async def run(self) -> None:
        """Until cancelled."""
        await self._lease.run(self._loop)

    async def _loop(self) -> None:
        delay = 0.0
        while True:
            self._store.timers_changed.clear()
            try:
                sent = await self.send_due()
                wait = 0.0 if sent == _AT_ONCE else await self._until_next()
                delay = 0.0
            except (StoreUnavailable, NotAccepted) as error:
                delay = wait = min(max(delay * 2, 0.1), _LONGEST_DELAY)
                log.warning("timers wait", delay_seconds=delay, error=type(error).__name__)
            await self._sleep(wait)

    async def send_due(self) -> int:
        """Publish what is due and drop it; how many. Raises StoreUnavailable, NotAccepted."""
        with translated_errors():
            due = await self._rows.find({"due": {"$lte": self._clock()}}).sort("due", 1).limit(_AT_ONCE).to_list(None)
        results = await asyncio.gather(*map(self._send, due), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(due)

    async def _send(self, row: Document) -> None:
        await self._publisher.publish("commands", row["key"], row["body"])
        with translated_errors():
            # a row that was scheduled anew in the meantime stays
            await self._rows.delete_one({"_id": row["_id"], "due": row["due"], "body": row["body"]})

    async def _until_next(self) -> float:
        with translated_errors():
            row = await self._rows.find_one({}, {"due": 1}, sort=[("due", 1)])
        if row is None:
            return _POLL_SECONDS
        due: datetime = row["due"]
        return min(max((due - self._clock()) / timedelta(seconds=1), 0.0), _POLL_SECONDS)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._store.timers_changed.wait()
        except TimeoutError:
            return
