"""A receiver of notifications on this machine, as an EHR runs one; the demo and the tests tell it how to behave.

async with receiver() as ehr:
    ehr.answers.extend([500, 500])          # the next two calls fail, later ones succeed
    first = await ehr.next()                # a Received: headers, JSON body
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_OK = 200
_PATIENCE = 30.0


@dataclass(frozen=True)
class Received:
    """One call that came in, and the status it was answered with."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """`answers` are the statuses of the next calls; after them every call gets `usual`. While `silent`, calls stay unanswered."""

    url: str = ""
    answers: deque[int] = field(default_factory=deque)
    usual: int = _OK
    calls: list[Received] = field(default_factory=list)
    silent: bool = False
    _arrived: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)
    _speaking: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def next(self, seconds: float = _PATIENCE) -> Received:
        """The first call that nobody has looked at yet. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            return await self._arrived.get()

    def unread(self) -> int:
        """Calls that `next` would give at once."""
        return self._arrived.qsize()

    def hush(self) -> None:
        """Leave calls unanswered from now on."""
        self._speaking.clear()
        self.silent = True

    def speak(self) -> None:
        """Answer again, also those that wait."""
        self.silent = False
        self._speaking.set()

    async def die(self) -> None:
        """Close the port and every connection; a new receiver may take the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def start(self, port: int) -> None:
        """Listen on a loopback port, 0 for a free one."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self.handle)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/notifications"

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        status = self.answers.popleft() if self.answers else self.usual
        received = Received(request.path, request.headers.copy(), await request.read(), status)
        self.calls.append(received)
        self._arrived.put_nowait(received)
        if self.silent:
            await self._speaking.wait()
        return web.Response(status=status)


@asynccontextmanager
async def receiver(port: int = 0) -> AsyncIterator[Receiver]:
    """A receiver on a loopback port, a free one by default; connections end with the block."""
    made = Receiver()
    try:
        await made.start(port)
        yield made
    finally:
        await made.die()
