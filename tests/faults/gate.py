"""A way to a server that stands still at a chosen request, so that a test can do something at exactly that moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

Moment = Literal["before", "after"]
"""Before the server gets a request, or after it has carried it out and before the client hears of it."""

_METHODS = (b"GET ", b"HEAD ", b"PUT ", b"POST ", b"DELETE ")
_PATIENCE = 60.0


class Gate:
    """Forwards HTTP connections. Counts the requests whose path holds a text, and stands still at one of them."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url)
        self._open = asyncio.Event()
        self._open.set()
        self._reached = asyncio.Event()
        self._text = b""
        self._stop: tuple[int, Moment] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.count = 0
        self.url = ""

    def watch(self, text: str, stop: tuple[int, Moment] | None = None) -> None:
        """Count anew; `stop` is the number of a request, from 1, and the moment. What comes after it stands still as well (repetitions)."""
        self._text, self._stop, self.count = text.encode(), stop, 0
        self._reached.clear()

    async def reached(self) -> None:
        """Return when a connection stands still."""
        async with asyncio.timeout(_PATIENCE):
            await self._reached.wait()

    def let_go(self) -> None:
        """Go on, and stand still no more."""
        self._stop = None
        self._open.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it, the server or the gate ends it."""
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        upstream_reader, upstream = await asyncio.open_connection(self._server.hostname, self._server.port)
        answered = asyncio.Event()
        pumps = (self._requests(reader, upstream, answered), self._answers(upstream_reader, writer, answered))
        tasks = [asyncio.ensure_future(pump) for pump in pumps]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (writer, upstream):
                one.transport.abort()
            await asyncio.wait(tasks)

    async def end(self) -> None:
        """End every connection."""
        self.let_go()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _requests(self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter, hold: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                hold.clear()
                if self._stops(data, "before"):
                    await self._stand_still()
                elif self._stops(data, "after"):
                    hold.set()
                upstream.write(data)
                await upstream.drain()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hold: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if hold.is_set():
                    await self._stand_still()
                    hold.clear()
                writer.write(data)
                await writer.drain()

    def _stops(self, data: bytes, moment: Moment) -> bool:
        if not data.startswith(_METHODS) or self._text not in data.split(b"\r\n", 1)[0]:
            return False
        if moment == "before":
            self.count += 1
        return self._stop is not None and self._stop[1] == moment and self.count >= self._stop[0]

    async def _stand_still(self) -> None:
        self._open.clear()
        self._reached.set()
        await self._open.wait()


@asynccontextmanager
async def gate(url: str) -> AsyncIterator[Gate]:
    """A gate in front of the server at `url`."""
    opened = Gate(url)
    async with await asyncio.start_server(opened.serve, "127.0.0.1", 0) as server:
        opened.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield opened
        await opened.end()
