"""Ordered, pipelined, confirmed publishing with bounded memory."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import aiormq
from aiormq.abc import ChannelFrame
from aiormq.channel import Channel

from priorbus.runtime.bus.burst import Burst
from priorbus.runtime.bus.posting import Posting

Settle = Callable[[str | None], None]
"""Called once: None when the broker has the message, else why it was not confirmed."""

DISCONNECTED = "no connection to the broker"
NO_ROOM = "too many messages wait for their confirm"
LATE = "not confirmed in time"
BURST_BYTES = 256 * 1024


class Pipe:
    """Publishes on whichever channel is open now.

    What has been posted counts against the room until the broker or a lost channel settles it. What one turn of the event loop posts
    leaves in one write.
    """

    def __init__(self, *, timeout: float, room_bytes: int) -> None:
        self._timeout = timeout
        self._room = room_bytes
        self._channel: Channel | None = None
        self._unsettled: dict[_Sent, None] = {}
        self._posted: deque[tuple[Posting, _Sent]] = deque()
        self._writing: asyncio.Task[None] | None = None
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
        self._posted.clear()
        if self._writing is not None:
            # It may be waiting on the write queue of a dead connection, for ever.
            self._writing.cancel()
            self._writing = None
        for sent in list(self._unsettled):
            self._settle(sent, DISCONNECTED)
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
        if self._channel is None:
            self.give_room(reserved)
            settle(DISCONNECTED)
            return
        loop = asyncio.get_running_loop()
        sent = _Sent(settle, reserved)
        sent.timer = loop.call_later(self._timeout, sent.settle, LATE)
        self._unsettled[sent] = None
        if not self._posted:
            loop.call_soon(self._flush)
        self._posted.append((posting, sent))

    def oldest(self) -> float | None:
        """When the oldest unsettled message was posted, in loop time."""
        return next((sent.since for sent in self._unsettled), None)

    def _flush(self) -> None:
        while self._channel is not None and self._writing is None and self._posted:
            frame = self._burst(self._channel).frame()
            try:
                self._channel.write_queue.put_nowait(frame)
            except asyncio.QueueFull:
                self._writing = asyncio.create_task(self._write(self._channel, frame))

    async def _write(self, channel: Channel, frame: ChannelFrame) -> None:
        await channel.write_queue.put(frame)
        self._writing = None
        self._flush()

    def _burst(self, channel: Channel) -> Burst:
        burst = Burst(channel)
        while self._posted and burst.size < BURST_BYTES:
            posting, sent = self._posted.popleft()
            try:
                confirmation = burst.add(posting)
            except Exception as error:  # noqa: BLE001 - the others of the burst are somebody else's
                self._settle(sent, _reason(error))
            else:
                confirmation.add_done_callback(partial(self._on_answer, sent))
        return burst

    def _on_answer(self, sent: "_Sent", confirmation: "asyncio.Future[Any]") -> None:
        error = asyncio.CancelledError() if confirmation.cancelled() else confirmation.exception()
        self._settle(sent, None if error is None else _reason(error))

    def _settle(self, sent: "_Sent", reason: str | None) -> None:
        if sent in self._unsettled:
            del self._unsettled[sent]
            self.give_room(sent.reserved)
            sent.settle(reason)


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


def _reason(error: BaseException) -> str:
    # The library's own texts may quote a returned message with its body.
    match error:
        case aiormq.exceptions.PublishError():
            return "no queue takes it"
        case aiormq.exceptions.DeliveryError():
            return "refused by the broker"
        case _:
            return f"{DISCONNECTED} ({type(error).__name__})"
