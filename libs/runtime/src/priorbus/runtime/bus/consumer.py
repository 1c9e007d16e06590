"""A lasting subscription to one of a service's queues."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from aiormq.channel import Channel

from priorbus.runtime.bus.aside import Aside
from priorbus.runtime.bus.delivering import Delivering
from priorbus.runtime.bus.link import CHANNEL_FAILURES, Link, library_cancellation
from priorbus.runtime.bus.replies import ReplySender
from priorbus.runtime.bus.running import origin
from priorbus.runtime.bus.session import close_channel
from priorbus.runtime.bus.subscribing import Subscribing
from priorbus.runtime.bus.tasks import Tasks, end

_RESUBSCRIBE_SECONDS = 0.3
# A service has ten seconds to end; what is not settled by then comes again.
_STOP_SECONDS = 8.0
log = structlog.get_logger()


class AmqpConsumer:
    """See `interfaces.Consumer`. Each channel it opens gets a `Delivering` of its own."""

    def __init__(self, link: Link, aside: Aside, replies: ReplySender, subscribing: Subscribing) -> None:
        self._link = link
        self._aside = aside
        self._replies = replies
        self._subscribing = subscribing
        self._beside = Tasks()
        self._delivering: Delivering | None = None
        self._stopping = asyncio.Event()

    @property
    def consuming(self) -> bool:
        return self._delivering is not None and self._delivering.subscribed

    @asynccontextmanager
    async def on(self) -> AsyncIterator["AmqpConsumer"]:
        """Consume in the background as long as the context lasts; its end waits for the group in hand."""
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            self._stop()
            try:
                await asyncio.wait({task}, timeout=_STOP_SECONDS)
            finally:
                await end(task)
                await self._beside.cancel()

    def _stop(self) -> None:
        self._stopping.set()
        if self._delivering is not None:
            self._delivering.stop()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with library_cancellation():
                    await self._consume()
            except CHANNEL_FAILURES as error:
                log.warning("bus.consumer_lost", queue=self._subscribing.queue.name, error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - a service that silently consumes no more is worse than any fault
                log.error(  # noqa: TRY400 - a message text may hold PHI
                    "bus.consumer_failed", queue=self._subscribing.queue.name, error=type(error).__name__, at=origin(error.__traceback__)
                )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _RESUBSCRIBE_SECONDS)

    async def _consume(self) -> None:
        channel = await self._channel_unless_stopping()
        if channel is None:
            return
        self._delivering = Delivering(channel, self._aside, self._replies, self._subscribing, self._beside)
        try:
            await self._delivering.run()
        finally:
            self._delivering = None
            await close_channel(channel)

    async def _channel_unless_stopping(self) -> Channel | None:
        opening = asyncio.create_task(self._link.channel(confirms=False))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return opening.result() if opening.done() else None
        finally:
            stopping.cancel()
            with suppress(*CHANNEL_FAILURES):
                await end(opening)
