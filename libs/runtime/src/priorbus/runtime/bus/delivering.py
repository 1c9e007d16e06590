"""Consuming on one channel, from its opening to its loss or the stop."""

import asyncio
from contextlib import suppress

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import metrics
from priorbus.runtime.bus.aside import Aside
from priorbus.runtime.bus.deliveries import Delivery, Item, delivery_of
from priorbus.runtime.bus.gathering import Gathering
from priorbus.runtime.bus.link import CHANNEL_FAILURES, library_cancellation
from priorbus.runtime.bus.replies import ReplySender
from priorbus.runtime.bus.running import is_concurrent, run_group
from priorbus.runtime.bus.settling import Settling
from priorbus.runtime.bus.subscribing import Subscribing
from priorbus.runtime.bus.subscription import Subscription
from priorbus.runtime.bus.tasks import Tasks

# A crash over a message shows at once; after so long in hand it is not what kills processes.
_PROBE_SECONDS = 1.0


class Delivering:
    """One group in hand, the next one gathering, some messages running beside them."""

    def __init__(self, channel: Channel, aside: Aside, replies: ReplySender, subscribing: Subscribing, beside: Tasks) -> None:
        self._subscribing = subscribing
        self._queue = subscribing.queue.name
        self._subscription = Subscription(channel, self._queue, self._on_message, self._end)
        self._settling = Settling(channel, self._queue, aside, replies, subscribing.deliveries)
        self._gathering = Gathering(subscribing.group_max)
        self._beside = beside
        self._running_beside = 0
        self._widening = Tasks()
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._stopped = False
        channel.closing.add_done_callback(lambda _: self._end())

    @property
    def subscribed(self) -> bool:
        """Whether messages come."""
        return not self._ended.is_set()

    def stop(self) -> None:
        """Finish what is in hand."""
        self._stopped = True
        self._end()

    async def run(self) -> None:
        """Consume until `stop` or until the channel is lost."""
        await self._subscription.start()
        try:
            await self._run_groups()
        finally:
            # Canceling an RPC would close the channel under the acks that still have to be sent.
            await self._widening.finish()
            await self._leave()

    async def _run_groups(self) -> None:
        while not self._ended.is_set():
            await self._wake.wait()
            self._wake.clear()
            while self._gathering and not self._ended.is_set():
                await self._run(self._gathering.take())

    async def _leave(self) -> None:
        if not self._stopped:
            await self._settling.abandon()
            return
        with suppress(*CHANNEL_FAILURES), library_cancellation():
            await self._subscription.stop()
        await self._beside.finish()
        await self._settling.finish()

    def _end(self) -> None:
        self._ended.set()
        self._wake.set()

    async def _on_message(self, message: DeliveredMessage) -> None:
        delivery = delivery_of(message)
        self._settling.received(delivery)
        self._widen(delivery)
        try:
            envelopes = cloudevents.decode(delivery.body)
        except cloudevents.MalformedBatch as error:
            metrics.received(self._queue, metrics.MALFORMED, 1)
            self._settling.park_body(delivery, str(error))
            return
        delivery.unsettled = len(envelopes)
        items = [Item(envelope, delivery) for envelope in envelopes]
        if delivery.redelivered and len(items) > 1:
            # The batch counts as one delivery; alone, its poison message spoils nobody's count.
            self._settling.split(items)
            return
        for item in items:
            self._sort(item)

    def _sort(self, item: Item) -> None:
        if not self._known(item.envelope):
            self._settling.park(item, "UnknownType", "unknown_type")
            return
        metrics.received(self._queue, item.envelope.type, 1)
        if is_concurrent(self._subscribing.sink, item.envelope):
            self._gathering.beside.append(item)
            self._start_beside()
        else:
            self._gathering.add(item)
            self._wake.set()

    def _known(self, envelope: Envelope) -> bool:
        return self._subscribing.types is None or envelope.type in self._subscribing.types

    async def _run(self, items: list[Item]) -> None:
        metrics.group(self._queue, len(items))
        settlements = await run_group(self._subscribing.sink, [item.envelope for item in items], self._ended)
        if settlements is not None:
            await self._settling.settle(items, settlements)

    def _start_beside(self) -> None:
        waiting = self._gathering.beside
        while waiting and self._running_beside < self._subscribing.concurrent_max and not self._ended.is_set():
            self._running_beside += 1
            self._beside.spawn(self._run_beside(waiting.popleft()))

    async def _run_beside(self, item: Item) -> None:
        try:
            await self._run([item])
        finally:
            self._running_beside -= 1
            self._start_beside()

    def _widen(self, delivery: Delivery) -> None:
        if not self._subscription.wide:
            self._widening.spawn(self._widen_after(_PROBE_SECONDS if delivery.redelivered else 0))

    async def _widen_after(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
        if not self._ended.is_set():
            with suppress(*CHANNEL_FAILURES), library_cancellation():
                await self._subscription.widen(self._subscribing.prefetch)
