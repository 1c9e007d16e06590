"""Ordered, pipelined, confirmed publishing with bounded memory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiormq
from aiormq.channel import Channel
from pamqp.commands import Basic

Settle = Callable[[str | None], None]
"""Called once: None when the broker has the message, else why it was not confirmed."""

DISCONNECTED = "no connection to the broker"
NO_ROOM = "too many messages wait for their confirm"
LATE = "not confirmed in time"


@dataclass(slots=True)
class Posting:
    """One AMQP message on its way to the broker."""

    exchange: str
    key: str
    body: bytes
    properties: Basic.Properties


class Pipe:
    """Publishes on whichever channel is open now.

    What has been sent counts against the room until the broker or a lost channel settles it.
    """

    def __init__(self, *, timeout: float, room_bytes: int) -> None:
        self._timeout = timeout
        self._room = room_bytes
        self._channel: Channel | None = None
        self._unsettled: dict[asyncio.Task[None], _Sent] = {}
        self._settled = asyncio.Event()
        self._open = asyncio.Event()

    async def ready(self) -> None:
        """Wait for a channel."""
        await self._open.wait()

    @property
    def connected(self) -> bool:
        """Whether a channel is open."""
        return self._channel is not None

    def opened(self, channel: Channel) -> None:
        """Publish on this channel from now on."""
        self._channel = channel
        self._open.set()

    def closed(self) -> None:
        """The channel is gone: nothing on its way will be confirmed."""
        self._channel = None
        self._open.clear()
        for task, sent in list(self._unsettled.items()):
            # A publisher may be waiting on the write queue of a dead connection, for ever.
            task.cancel()
            sent.settle(DISCONNECTED)
        self._settled.set()

    def take_room(self, size: int) -> bool:
        """Reserve memory for a body that will be posted; False when there is none."""
        if self._room <= 0:
            return False
        self._room -= size
        return True

    def give_room(self, size: int) -> None:
        """Give back what `take_room` reserved and was not posted."""
        self._room += size
        self._settled.set()

    async def wait_for_room(self, size: int) -> str | None:
        """Reserve like `take_room`, waiting no longer than a confirm may take; why not, or None."""
        try:
            async with asyncio.timeout(self._timeout):
                while not self.take_room(size):
                    if not self.connected:
                        return DISCONNECTED
                    self._settled.clear()
                    await self._settled.wait()
        except TimeoutError:
            return NO_ROOM
        return None

    def post(self, posting: Posting, reserved: int, settle: Settle) -> None:
        """Send now; posts reach the broker in order. `reserved` bytes of room are given back at the end."""
        channel = self._channel
        if channel is None:
            self.give_room(reserved)
            settle(DISCONNECTED)
            return
        loop = asyncio.get_running_loop()
        sent = _Sent(settle, reserved)
        task = loop.create_task(_publish(channel, posting))
        sent.timer = loop.call_later(self._timeout, sent.settle, LATE)
        self._unsettled[task] = sent
        task.add_done_callback(self._on_done)

    def oldest(self) -> float | None:
        """When the oldest unsettled message was sent, in loop time."""
        return next((sent.since for sent in self._unsettled.values()), None)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        sent = self._unsettled.pop(task)
        self.give_room(sent.reserved)
        if task.cancelled():
            sent.settle(DISCONNECTED)
        else:
            error = task.exception()
            sent.settle(None if error is None else _reason(error))


class _Sent:
    __slots__ = ("_settle", "reserved", "since", "timer")

    def __init__(self, settle: Settle, reserved: int) -> None:
        self._settle: Settle | None = settle
        self.reserved = reserved
        self.since = asyncio.get_running_loop().time()
        self.timer: asyncio.TimerHandle | None = None

    def settle(self, reason: str | None) -> None:
        if self._settle is not None:
            settle, self._settle = self._settle, None
            if self.timer is not None:
                self.timer.cancel()
            settle(reason)


async def _publish(channel: Channel, posting: Posting) -> None:
    await channel.basic_publish(
        posting.body, exchange=posting.exchange, routing_key=posting.key, properties=posting.properties, mandatory=True, wait=False
    )


def _reason(error: BaseException) -> str:
    # The library's own texts may quote a returned message with its body.
    match error:
        case aiormq.exceptions.PublishError():
            return "no queue takes it"
        case aiormq.exceptions.DeliveryError():
            return "refused by the broker"
        case _:
            return f"{DISCONNECTED} ({type(error).__name__})"
