"""A webhook receiver on loopback that does as it is told: answers, fails, is slow, hangs, dies."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    headers: Mapping[str, str]
    body: bytes
    path: str

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What to answer; `hang` answers nothing as long as the client waits."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    hang: bool = False


Behave = Callable[[Received], Reply | Awaitable[Reply]]


class Receiver:
    """A running receiver. `behave` may be replaced at any time; `requests` are all that came."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.behave: Behave = lambda _request: Reply()
        self.port = 0
        self._came = asyncio.Condition()
        self._over = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def start(self) -> None:
        """Listen, again on the same port after a stop."""
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse connections from now on."""
        over, self._over = self._over, asyncio.Event()
        over.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def until(self, count: int, *, seconds: float = 30) -> list[Received]:
        """All requests, once there are so many."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)
        return list(self.requests)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        received = Received(request.headers.copy(), await request.read(), request.path)
        async with self._came:
            self.requests.append(received)
            self._came.notify_all()
        answered = self.behave(received)
        reply = answered if isinstance(answered, Reply) else await answered
        if reply.hang:
            await self._over.wait()
        return web.Response(status=reply.status, headers=reply.headers, text=reply.text)


@asynccontextmanager
async def receiver(behave: Behave | None = None) -> AsyncIterator[Receiver]:
    """A receiver for the length of the block."""
    running = Receiver()
    if behave is not None:
        running.behave = behave
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
