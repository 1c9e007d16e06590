"""An HTTP client that costs little of the processor which it shares with what it measures: one request at a time on one connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

_END_OF_HEAD = b"\r\n\r\n"


class Failed(Exception):
    """An answer that is no success, or a lost connection."""


class Wire(asyncio.Protocol):
    """One connection. Knows answers with a Content-Length, which all of Priorbus' are."""

    def __init__(self, host: str, credential: str) -> None:
        self._head = f"Host: {host}\r\nAuthorization: Bearer {credential}\r\n"
        self._transport: asyncio.WriteTransport | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._received = b""
        self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._wanted:
            end = self._received.find(_END_OF_HEAD)
            if end < 0:
                return
            self._wanted = end + len(_END_OF_HEAD) + int(_header(self._received[:end], b"content-length") or 0)
        if len(self._received) >= self._wanted and self._answer is not None:
            received, self._received, self._wanted = self._received, b"", 0
            self._answer.set_result(received)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Failed("the connection was lost"))

    async def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> str:
        """The entity tag of the answer, "" when it has none. Raises Failed unless it is a 2xx."""
        assert self._transport is not None
        content = b"" if body is None else json.dumps(body).encode()
        fields = {"Content-Length": str(len(content)), **({"Content-Type": "application/json"} if content else {}), **(headers or {})}
        head = f"{method} {path} HTTP/1.1\r\n{self._head}" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + b"\r\n" + content)
        received = await self._answer
        status = int(received[9:12])
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise Failed(f"{method} answered {status}")
        return _header(received[: received.find(_END_OF_HEAD)], b"etag").decode()


@asynccontextmanager
async def wires(base_url: str, credential: str, count: int) -> AsyncIterator[list[Wire]]:
    """So many open connections."""
    address = urlsplit(base_url)
    loop = asyncio.get_running_loop()
    host, port = address.hostname or "", address.port or 80
    opened = [await loop.create_connection(lambda: Wire(address.netloc, credential), host, port) for _ in range(count)]
    try:
        yield [wire for _, wire in opened]
    finally:
        for transport, _ in opened:
            transport.close()


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b": ")
    if at < 0:
        return b""
    start = at + len(name) + 4
    end = head.find(b"\r\n", start)
    return head[start:] if end < 0 else head[start:end]
