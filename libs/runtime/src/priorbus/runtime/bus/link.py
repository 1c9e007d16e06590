"""One lasting connection to the broker, and the plain channels opened on it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import aiormq
from aio_pika import RobustConnection
from aio_pika.connection import make_url
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.channel import Channel

from priorbus.runtime.bus.tasks import end

_RECONNECT_SECONDS = 0.5
_HEARTBEAT_SECONDS = 10
_CHANNEL_OPEN_SECONDS = 10
_LOST_SECONDS = 0.05
# Frames a channel may hold before its connection stops reading; aiormq's default of 10 makes reader and channel take turns.
_FRAME_BUFFER = 1024

CHANNEL_FAILURES: tuple[type[BaseException], ...] = (*CONNECTION_EXCEPTIONS, aiormq.AMQPError, TimeoutError)


class Link:
    """A connection that aio-pika brings back; components open aiormq channels on it and reopen them when they are gone."""

    def __init__(self, url: str, name: str) -> None:
        self._connection = RobustConnection(
            make_url(_with_heartbeat(url)),
            client_properties={"connection_name": name},
            reconnect_interval=_RECONNECT_SECONDS,
            fail_fast=False,
        )
        # At DEBUG these write whole frames, bodies included.
        for library in ("aiormq", "aio_pika"):
            logger = logging.getLogger(library)
            logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        transport = self._connection.transport
        return self._connection.connected.is_set() and transport is not None and transport.connection.is_opened

    async def ready(self) -> None:
        """Wait for a connection."""
        await self._connection.connected.wait()
        while not self.connected:
            # A connection just lost is still announced for a moment.
            await asyncio.sleep(_LOST_SECONDS)
            await self._connection.connected.wait()

    async def channel(self, *, confirms: bool) -> Channel:
        """A new channel as soon as there is a connection. Raises one of CHANNEL_FAILURES when that is lost meanwhile."""
        await self.ready()
        transport = self._connection.transport
        if transport is None:
            raise aiormq.ConnectionClosed(0, "lost")
        channel = await transport.connection.channel(
            publisher_confirms=confirms, on_return_raises=True, frame_buffer_size=_FRAME_BUFFER, timeout=_CHANNEL_OPEN_SECONDS
        )
        return cast("Channel", channel)

    async def reset(self) -> None:
        """Drop the present connection; a new one is made."""
        transport = self._connection.transport
        if transport is not None:
            await transport.connection.close(aiormq.ConnectionClosed(0, "reset"))

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Link"]:
        """Start connecting, without waiting for it, and disconnect at the end."""
        connecting = asyncio.create_task(self._connection.connect(timeout=_CHANNEL_OPEN_SECONDS))
        try:
            yield self
        finally:
            await end(connecting)
            await self._connection.close()


@contextmanager
def library_cancellation() -> Iterator[None]:
    """Around calls into aiormq: when a channel ends, they may raise CancelledError though nobody canceled the caller."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise aiormq.ChannelClosed(0, "ended during a call") from None


async def until_closed(channel: Channel) -> None:
    """Wait for the end of a channel, whatever the reason."""
    await asyncio.wait({channel.closing})


def _with_heartbeat(url: str) -> str:
    parts = urlsplit(url)
    query = {"heartbeat": str(_HEARTBEAT_SECONDS), **dict(parse_qsl(parts.query))}
    return urlunsplit(parts._replace(query=urlencode(query)))
