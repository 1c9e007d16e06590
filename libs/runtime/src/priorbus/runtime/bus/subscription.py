"""One channel's subscription: first with one message at a time, then wide.

Broker and process may have died over the message at the head of the queue. Taking only that one leaves the others' delivery counts
alone, so that a poison message reaches the delivery limit by itself.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from pamqp.commands import Basic

_CANCEL_SECONDS = 3.0


class Subscription:
    """Subscribes a callback to a queue; `on_canceled` runs when the broker ends the subscription."""

    def __init__(
        self,
        channel: Channel,
        queue: str,
        on_message: Callable[[DeliveredMessage], Coroutine[Any, Any, None]],
        on_canceled: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._queue = queue
        self._on_message = on_message
        self._on_canceled = on_canceled
        self._tag: str | None = None
        self._changing = asyncio.Lock()
        self.wide = False

    async def start(self) -> None:
        """Take one message at a time."""
        self._channel.on_consumer_cancel_callbacks.add(self._canceled)
        await self._consume(1)

    async def widen(self, prefetch: int) -> None:
        """Take many from now on. RabbitMQ fixes a consumer's prefetch when it subscribes, so it subscribes again."""
        async with self._changing:
            if self.wide or self._tag is None:
                return
            self.wide = True
            narrow = self._tag
            await self._consume(prefetch)
            await self._channel.basic_cancel(narrow)

    async def stop(self) -> None:
        """Take no more."""
        async with self._changing:
            if self._tag is not None:
                tag, self._tag = self._tag, None
                await self._channel.basic_cancel(tag, timeout=_CANCEL_SECONDS)

    async def _consume(self, prefetch: int) -> None:
        await self._channel.basic_qos(prefetch_count=prefetch)
        self._tag = (await self._channel.basic_consume(self._queue, self._on_message)).consumer_tag

    def _canceled(self, _frame: Basic.Cancel) -> None:
        self._on_canceled()
