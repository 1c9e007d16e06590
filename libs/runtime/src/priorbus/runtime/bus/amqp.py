"""The bus on RabbitMQ."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import structlog

from priorbus.runtime.bus import topology
from priorbus.runtime.bus.aside import Aside
from priorbus.runtime.bus.consumer import AmqpConsumer
from priorbus.runtime.bus.interfaces import LateReply, Topology
from priorbus.runtime.bus.limits import Limits
from priorbus.runtime.bus.link import CHANNEL_FAILURES, Link, library_cancellation
from priorbus.runtime.bus.names import ServiceQueue
from priorbus.runtime.bus.publisher import AmqpPublisher
from priorbus.runtime.bus.replies import ReplySender
from priorbus.runtime.bus.requests import AmqpRequests
from priorbus.runtime.bus.session import close_channel
from priorbus.runtime.bus.subscribing import Subscribing
from priorbus.runtime.settlement import Sink

_DECLARE_AGAIN_SECONDS = 0.5
log = structlog.get_logger()


class AmqpBus:
    """See `interfaces.Bus`. RabbitMQ may block connections that publish, so consuming has one of its own."""

    def __init__(self, publishing: Link, consuming: Link, publisher: AmqpPublisher, replies: ReplySender, limits: Limits) -> None:
        self._publishing = publishing
        self._consuming = consuming
        self._publisher = publisher
        self._replies = replies
        self._limits = limits

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, name: str, limits: Limits | None = None) -> AsyncIterator["AmqpBus"]:
        """A bus that connects in the background and for as long as it takes; `name` is shown by the broker."""
        async with AsyncExitStack() as stack:
            publishing = await stack.enter_async_context(Link(url, f"{name}/publish").open())
            consuming = await stack.enter_async_context(Link(url, f"{name}/consume").open())
            publisher = await stack.enter_async_context(AmqpPublisher().on(publishing))
            replies = await stack.enter_async_context(ReplySender().on(publishing))
            yield cls(publishing, consuming, publisher, replies, limits or Limits())

    @property
    def connected(self) -> bool:
        return self._publishing.connected and self._consuming.connected

    async def ready(self) -> None:
        await self._publishing.ready()
        await self._consuming.ready()
        await self._publisher.ready()

    async def declare(self, wanted: Topology) -> None:
        while True:
            try:
                return await self._declare_once(wanted)
            except CHANNEL_FAILURES as error:
                log.warning("bus.declaring_again", service=wanted.service, error=type(error).__name__)
                await asyncio.sleep(_DECLARE_AGAIN_SECONDS)

    async def _declare_once(self, wanted: Topology) -> None:
        with library_cancellation():
            channel = await self._publishing.channel(confirms=False)
        try:
            with library_cancellation():
                await topology.declare(channel, wanted, self._limits)
        finally:
            await close_channel(channel)

    @property
    def publisher(self) -> AmqpPublisher:
        return self._publisher

    def requests(self, on_late_reply: LateReply | None = None) -> AbstractAsyncContextManager[AmqpRequests]:
        return AmqpRequests(on_late_reply).on(self._publishing)

    def consumer(
        self, queue: ServiceQueue, sink: Sink, *, types: Collection[str] | None = None, group_max: int = 64, concurrent_max: int = 32
    ) -> AbstractAsyncContextManager[AmqpConsumer]:
        subscribing = Subscribing(queue, sink, types, group_max, concurrent_max, self._limits.deliveries)
        return AmqpConsumer(self._consuming, Aside(self._publisher, queue), self._replies, subscribing).on()
