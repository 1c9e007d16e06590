"""Replies on their way back: unconfirmed, because the owner's journal can always repeat them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from aiormq.channel import Channel

from priorbus.runtime import cloudevents
from priorbus.runtime.bus.link import CHANNEL_FAILURES, Link, library_cancellation
from priorbus.runtime.bus.properties import reply_properties
from priorbus.runtime.bus.session import lasting_channel

_SEND_SECONDS = 5.0
log = structlog.get_logger()


class ReplySender:
    """Publishes replies to the queues named in `reply_to`."""

    def __init__(self) -> None:
        self._channel: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def on(self, link: Link) -> AsyncIterator["ReplySender"]:
        """Send over this link as long as the context lasts."""
        async with lasting_channel(link, "replies", self._opened, self._closed, confirms=False):
            yield self

    async def send(self, reply_to: str, replies: Sequence[bytes]) -> None:
        """All replies as one AMQP message; lost when there is no connection for a while."""
        try:
            with library_cancellation():
                async with asyncio.timeout(_SEND_SECONDS):
                    channel = await asyncio.shield(self._channel)
                    await channel.basic_publish(cloudevents.join(replies), routing_key=reply_to, properties=reply_properties())
        except CHANNEL_FAILURES as error:
            log.warning("bus.replies_lost", count=len(replies), error=type(error).__name__)

    async def _opened(self, channel: Channel) -> None:
        self._channel.set_result(channel)

    def _closed(self) -> None:
        if self._channel.done():
            self._channel = asyncio.get_running_loop().create_future()
