"""From settlements to replies, retries, parking and acknowledgements."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiormq.channel import Channel

from priorbus.runtime.bus import metrics
from priorbus.runtime.bus.acks import AckTracker
from priorbus.runtime.bus.aside import Aside
from priorbus.runtime.bus.deliveries import Delivery, Item
from priorbus.runtime.bus.limits import limited
from priorbus.runtime.bus.link import CHANNEL_FAILURES, library_cancellation
from priorbus.runtime.bus.replies import ReplySender
from priorbus.runtime.bus.tasks import Tasks
from priorbus.runtime.clock import utc_now
from priorbus.runtime.settlement import Settlement

_ACK_SECONDS = 5.0


class Settling:
    """Settles the messages of one channel: first the reply, then whatever puts a message aside, last the ack."""

    def __init__(self, channel: Channel, queue: str, aside: Aside, replies: ReplySender, deliveries: int) -> None:
        """After so many `deliveries` a message is parked instead of tried again."""
        self._channel = channel
        self._queue = queue
        self._deliveries = deliveries
        self._aside = aside
        self._replies = replies
        self._acks = AckTracker()
        self._asides = Tasks()

    def received(self, delivery: Delivery) -> None:
        """Remember an arrival."""
        self._acks.received(delivery.tag)

    async def settle(self, items: Sequence[Item], settlements: Sequence[Settlement]) -> None:
        """Carry out one settlement per message."""
        settlements = [limited(item.envelope, settlement, self._deliveries) for item, settlement in zip(items, settlements, strict=True)]
        await self._reply(items, settlements)
        now = utc_now()
        for item, settlement in zip(items, settlements, strict=True):
            if settlement.kind == "done":
                metrics.carried_out(self._queue, item.envelope.type, (now - item.envelope.time).total_seconds())
                self._close(item.delivery)
            else:
                self._asides.spawn(self._put_aside(item, settlement))
        await self._ack()

    def park(self, item: Item, error: str, category: str) -> None:
        """Park a message that no sink has seen."""
        self._asides.spawn(self._put_aside(item, Settlement("park", error=error, category=category)))

    def park_body(self, delivery: Delivery, error: str) -> None:
        """Park what is no message."""
        self._asides.spawn(self._put_body_aside(delivery, error))

    def split(self, items: Sequence[Item]) -> None:
        """Send the messages of one delivery again, each in a delivery of its own."""
        self._asides.spawn(self._split(items))

    async def finish(self) -> None:
        """Wait until everything is put aside."""
        await self._asides.finish()

    async def abandon(self) -> None:
        """The channel is lost: its deliveries come again."""
        await self._asides.cancel()

    async def _reply(self, items: Sequence[Item], settlements: Sequence[Settlement]) -> None:
        replies: dict[str, list[bytes]] = {}
        for item, settlement in zip(items, settlements, strict=True):
            if settlement.reply is not None and item.delivery.reply_to:
                replies.setdefault(item.delivery.reply_to, []).append(settlement.reply)
        for reply_to, bodies in replies.items():
            await self._replies.send(reply_to, bodies)

    async def _put_aside(self, item: Item, settlement: Settlement) -> None:
        if settlement.kind == "retry":
            await self._aside.retry(item.envelope, item.delivery.reply_to)
        else:
            await self._aside.park(item.envelope, settlement)
        metrics.put_aside(self._queue, item.envelope.type, settlement.kind)
        self._close(item.delivery)
        await self._ack()

    async def _put_body_aside(self, delivery: Delivery, error: str) -> None:
        await self._aside.park_body(delivery.body, error)
        metrics.put_aside(self._queue, metrics.MALFORMED, "park")
        self._close(delivery)
        await self._ack()

    async def _split(self, items: Sequence[Item]) -> None:
        for item in items:
            await self._aside.again(item.envelope, item.delivery.reply_to)
            self._close(item.delivery)
        await self._ack()

    def _close(self, delivery: Delivery) -> None:
        delivery.unsettled -= 1
        if delivery.unsettled <= 0:
            self._acks.settled(delivery.tag)

    async def _ack(self) -> None:
        with suppress(*CHANNEL_FAILURES), library_cancellation():
            for tag, multiple in self._acks.take():
                # The write queue of a dead connection never empties.
                async with asyncio.timeout(_ACK_SECONDS):
                    await self._channel.basic_ack(tag, multiple=multiple, wait=False)
