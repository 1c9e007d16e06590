"""Many publishes as one write to the socket.

The client library writes, waits and times each publish by itself; at thousands a second that is most of what publishing costs. This
makes the same frames and registers the same confirms with its channel, so that returns and nacks stay its business.
"""

from asyncio import Future
from functools import lru_cache
from typing import Any

from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from priorbus.runtime.bus.posting import Posting

_METHODS = 1024


class Burst:
    """Publishes that leave together, in order. Used once."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._frames: list[bytes] = []
        self.size = 0
        """Bytes so far."""

    def add(self, posting: Posting) -> "Future[Any]":
        """What the broker says to it: a result when it has the message, an aiormq exception when not. Silent when the channel is lost.

        Raises ValueError.
        """
        channel = self._channel
        tag = channel.delivery_tag + 1
        message_id = posting.properties.message_id = posting.properties.message_id or str(tag)
        self._encode(posting)
        confirmation: Future[Any] = channel.loop.create_future()
        channel.delivery_tag = tag
        channel.confirmations[tag] = confirmation
        channel.message_id_delivery_tag[message_id] = tag

        def forget(_: "Future[Any]") -> None:
            if channel.message_id_delivery_tag.get(message_id) == tag:
                del channel.message_id_delivery_tag[message_id]

        confirmation.add_done_callback(forget)
        return confirmation

    def frame(self) -> ChannelFrame:
        """What the connection's writer takes."""
        return ChannelFrame(payload=b"".join(self._frames), should_close=False, drain_future=None)

    def _encode(self, posting: Posting) -> None:
        body, number, most = posting.body, self._channel.number, self._channel.max_content_size
        header = marshal(ContentHeader(properties=posting.properties, body_size=len(body)), number)
        pieces = [body[start : start + most] for start in range(0, len(body), most)]
        frames = [_method(number, posting.exchange, posting.key), header, *(marshal(ContentBody(piece), number) for piece in pieces)]
        self._frames += frames
        self.size += sum(map(len, frames))


@lru_cache(_METHODS)
def _method(number: int, exchange: str, key: str) -> bytes:
    return marshal(Basic.Publish(exchange=exchange, routing_key=key, mandatory=True), number)
