"""Feeds the open streams of a process from one change stream on the event log, which is there only while somebody listens."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from pymongo.errors import PyMongoError

from priorbus.gateway.events.feed import ROOM, Feed
from priorbus.gateway.queries.events import EventQueries
from priorbus.gateway.read_models import event_log
from priorbus.runtime.mongo import Client
from priorbus.runtime.mongo.driver import Database, Pipeline
from priorbus.runtime.settlement import StoreUnavailable

log = structlog.get_logger()
_AWAIT_MS = 1000
_FIELDS = ("tenant", "subject", "types", "events", "first", "last")
_PIPELINE: Pipeline = [{"$match": {"operationType": "insert"}}, {"$project": {f"fullDocument.{name}": 1 for name in _FIELDS}}]


class EventFeeds:
    """One feed per tenant that is listened to."""

    def __init__(self, client: Client, database: Database, queries: EventQueries) -> None:
        self.room = ROOM
        self._client = client
        self._database = database
        self._queries = queries
        self._feeds: dict[str, Feed] = {}
        self._listeners = Counter[str]()
        self._tailing: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @asynccontextmanager
    async def of(self, tenant: str) -> AsyncIterator[Feed]:
        """The tenant's feed while inside. Raises PyMongoError."""
        feed = await self._join(tenant)
        try:
            yield feed
        finally:
            await self._leave(tenant, feed)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """On exit every feed ends, and with it every stream."""
        try:
            yield
        finally:
            async with self._opening:
                self._closed = True
                await self._stop_tailing()

    async def _join(self, tenant: str) -> Feed:
        async with self._opening:
            if self._closed:
                over = Feed()
                over.end()
                return over
            if self._tailing is None or self._tailing.done():
                await self._start_tailing()
            feed = self._feeds.get(tenant) or await self._open(tenant)
            self._listeners[tenant] += 1
            return feed

    async def _open(self, tenant: str) -> Feed:
        feed = self._feeds[tenant] = Feed(self.room)
        try:
            async with self._client.session() as session:
                # the stream starts at the last write, a majority read may show less: read what was there when the stream was
                await self._database.command("ping", session=session)
                feed.begin_at(await self._queries.head(tenant, session))
        except BaseException:
            self._feeds.pop(tenant, None)
            raise
        return feed

    async def _leave(self, tenant: str, feed: Feed) -> None:
        if self._feeds.get(tenant) is not feed:
            return
        self._listeners[tenant] -= 1
        if self._listeners[tenant] <= 0:
            del self._listeners[tenant]
            self._feeds.pop(tenant, None)
        if not self._feeds:
            async with self._opening:
                if not self._feeds:
                    await self._stop_tailing()

    async def _start_tailing(self) -> None:
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tailing = asyncio.create_task(self._tail(opened), name="event-feeds")
        await opened

    async def _stop_tailing(self) -> None:
        task, self._tailing = self._tailing, None
        while task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1)
        self._end_all()

    def _end_all(self) -> None:
        feeds, self._feeds = self._feeds, {}
        self._listeners.clear()
        for feed in feeds.values():
            feed.end()

    async def _tail(self, opened: "asyncio.Future[None]") -> None:
        """Until cancelled; when the change stream ends, every feed does, since nobody could say what was missed."""
        try:
            rows = self._database[event_log.COLLECTION]
            async with self._client.watch(rows, _PIPELINE, resume_after=None, await_ms=_AWAIT_MS) as stream:
                opened.set_result(None)
                while stream.alive:
                    change = await stream.try_next()
                    if change is not None:
                        self._take(change["fullDocument"])
        except PyMongoError as error:
            log.warning("event feeds end", error=error)
            if not opened.done():
                opened.set_exception(error)
        finally:
            if not opened.done():
                opened.set_exception(StoreUnavailable("closed"))
            if self._tailing is asyncio.current_task():
                self._end_all()

    def _take(self, row: dict[str, object]) -> None:
        feed = self._feeds.get(str(row["tenant"]))
        if feed is not None:
            feed.add(row)
