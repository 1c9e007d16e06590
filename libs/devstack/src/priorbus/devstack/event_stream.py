"""A reader of server-sent events, as the tests use it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp


@dataclass
class Frame:
    """One block of a stream. `comment` is the text of a comment line."""

    id: str | None = None
    event: str | None = None
    data: str | None = None
    retry: str | None = None
    comment: str | None = None


@dataclass
class EventStreamReader:
    """An open stream: status, headers, and frames one after the other."""

    response: aiohttp.ClientResponse = field(repr=False)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers."""
        return self.response.headers

    async def next(self) -> Frame | None:
        """The next frame, None when the stream has ended."""
        frame, empty = Frame(), True
        async for raw in self.response.content:
            line = raw.decode().rstrip("\n")
            if not line:
                if not empty:
                    return frame
                continue
            name, _, value = line.partition(":")
            setattr(frame, name or "comment", value.removeprefix(" "))
            empty = False
        return None

    async def take(self, count: int) -> list[Frame]:
        """The next events, leaving out comments; fewer when the stream ends."""
        found = list[Frame]()
        while len(found) < count and (frame := await self.next()) is not None:
            if frame.comment is None:
                found.append(frame)
        return found


@asynccontextmanager
async def event_stream(
    base_url: str, key: str | None, *, last: str | None = None, query: str = "", path: str = "/v1/events/stream"
) -> AsyncIterator[EventStreamReader]:
    """Open a stream; the client leaves at the end of the block."""
    headers = {"Accept": "text/event-stream"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    if last is not None:
        headers["Last-Event-ID"] = last
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{base_url}{path}{query}", headers=headers) as response:
        yield EventStreamReader(response)
