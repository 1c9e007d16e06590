"""One open stream of server-sent events: what was missed from the log, then what comes from the feed, without a loss between the two."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from aiohttp.web import BaseRequest, StreamResponse

from priorbus.gateway.events.feed import Feed
from priorbus.gateway.events.feeds import EventFeeds
from priorbus.gateway.events.selection import Selection
from priorbus.gateway.queries.events import POSITION, EventQueries, LoggedEvent, events_in

_RECONNECT_MS = 3000
_AT_ONCE = 200
_LEAST_WAIT = 0.01
_PING = b": ping\n\n"
StillKnown = Callable[[], Awaitable[bool]]


class SlowClient(ConnectionError):
    """The client does not take what is written to it."""


class EventStream:
    """Used once. The client's position is the last event written to it, or a later one that its filter leaves out."""

    def __init__(self, queries: EventQueries, feeds: EventFeeds, tenant: str, selection: Selection, ping_seconds: float) -> None:
        self._queries = queries
        self._feeds = feeds
        self._tenant = tenant
        self._selection = selection
        self._ping_seconds = ping_seconds
        self._position = 0
        self._live = False

    async def run(self, response: StreamResponse, request: BaseRequest, last: str | None, still_known: StillKnown) -> None:
        """Until the client leaves or is too slow, its credential ends, or the process stops. Raises ConnectionError, PyMongoError."""
        loop = asyncio.get_running_loop()
        try:
            async with self._feeds.of(self._tenant) as feed:
                await self._write(response, await self._beginning(last))
                quiet_until = loop.time() + self._ping_seconds
                while not feed.over:
                    written = await self._forward(response, feed)
                    if loop.time() >= quiet_until:
                        if not await still_known():
                            return
                        await self._write(response, _PING)
                        quiet_until = loop.time() + self._ping_seconds
                    if not written:
                        await feed.grown(self._position, max(_LEAST_WAIT, quiet_until - loop.time()))
        except SlowClient:
            if request.transport is not None:
                request.transport.abort()
            raise

    async def _beginning(self, last: str | None) -> bytes:
        """The first frame. It names the position the client has, so that one who is cut off right after it loses nothing."""
        head = await self._queries.head(self._tenant)
        known = last is None
        self._position = head
        if last is not None and POSITION.fullmatch(last) and await self._queries.oldest(self._tenant) - 1 <= int(last) <= head:
            self._position, known = int(last), True
        first = b"retry: %d\nid: %d\n\n" % (_RECONNECT_MS, self._position)
        return first if known else first + b'id: %d\nevent: reset\ndata: {"head":"%d"}\n\n' % (head, head)

    async def _forward(self, response: StreamResponse, feed: Feed) -> bool:
        """Write what is next; False when there is nothing now."""
        rows = feed.after(self._position)
        if rows is None:
            if self._live:
                raise SlowClient
            stretch = await self._queries.stretch(self._tenant, self._position, self._selection, _AT_ONCE)
            await self._write(response, _frames(stretch.events))
            moved, self._position = stretch.reached > self._position, stretch.reached
            return moved
        self._live = True
        if not rows:
            return False
        events = events_in(rows, self._position, self._selection)
        self._position = rows[-1]["last"]
        await self._write(response, _frames(events))
        return True

    async def _write(self, response: StreamResponse, data: bytes) -> None:
        if not data:
            return
        try:
            async with asyncio.timeout(self._ping_seconds):
                await response.write(data)
        except TimeoutError:
            raise SlowClient from None


def _frames(events: Iterable[LoggedEvent]) -> bytes:
    return b"".join(b"id: %d\nevent: %b\ndata: %b\n\n" % (event.position, event.type.encode(), event.body) for event in events)
