"""A TCP connection that can be cut or frozen, between a client and a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Forwards bytes to one server until told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._accepting = True
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Break every connection the hard way."""
        for writer in list(self._writers):
            writer.transport.abort()

    def refuse(self) -> None:
        """Break every connection and accept no new one."""
        self._accepting = False
        self.cut()

    def accept(self) -> None:
        """Accept connections again."""
        self._accepting = True

    def freeze(self) -> None:
        """Keep the connections and forward nothing."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Forward what has come meanwhile and go on."""
        self._flowing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        if not self._accepting:
            writer.transport.abort()
            return
        upstream_reader, upstream_writer = await asyncio.open_connection(self._host, self._port)
        self._writers |= {writer, upstream_writer}
        pumps = [asyncio.create_task(self._pump(reader, upstream_writer)), asyncio.create_task(self._pump(upstream_reader, writer))]
        self._pumps |= set(pumps)
        await asyncio.wait(pumps)
        self._pumps -= set(pumps)
        self._writers -= {writer, upstream_writer}

    async def stop(self) -> None:
        """Break everything and wait for the end."""
        self.thaw()
        self.refuse()
        if self._pumps:
            await asyncio.wait(self._pumps)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy in front of the server in `url`, and the same address through it."""
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError("host and port are needed")
    proxy = Proxy(parts.hostname, parts.port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    async with server:
        yield proxy, urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
        await proxy.stop()
