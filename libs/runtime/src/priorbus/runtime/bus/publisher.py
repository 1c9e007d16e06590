"""The process's publisher for facts, commands between services and public events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiormq.channel import Channel
from pamqp.commands import Basic

from priorbus.runtime import cloudevents
from priorbus.runtime.bus import metrics
from priorbus.runtime.bus.errors import NotAccepted
from priorbus.runtime.bus.interfaces import Confirmation, PublicEvent
from priorbus.runtime.bus.lanes import Lanes, Route
from priorbus.runtime.bus.link import Link
from priorbus.runtime.bus.names import EVENTS, EXCHANGES, Exchange
from priorbus.runtime.bus.pipe import Pipe, Settle
from priorbus.runtime.bus.posting import Posting
from priorbus.runtime.bus.properties import batch_properties, public_properties
from priorbus.runtime.bus.session import lasting_channel
from priorbus.runtime.bus.watch import watch

CONFIRM_SECONDS = 5.0
ROOM_BYTES = 32 * 1024 * 1024


class AmqpPublisher:
    """See `interfaces.Publisher`."""

    def __init__(self, *, timeout: float = CONFIRM_SECONDS, room_bytes: int = ROOM_BYTES) -> None:
        self._pipe = Pipe(timeout=timeout, room_bytes=room_bytes)
        self._lanes = Lanes(self._pipe)

    @asynccontextmanager
    async def on(self, link: Link) -> AsyncIterator["AmqpPublisher"]:
        """Publish over this link as long as the context lasts."""
        async with lasting_channel(link, "publisher", self._opened, self._pipe.closed, confirms=True), watch(link, self._pipe):
            yield self

    async def ready(self) -> None:
        """Wait until publishing is possible."""
        await self._pipe.ready()

    async def publish(self, exchange: Exchange, key: str, body: bytes) -> None:
        await self.route(Route(EXCHANGES[exchange], key, key), body)

    async def route(self, route: Route, body: bytes) -> None:
        """Like `publish`, to any exchange."""
        confirmation = confirmation_future()
        self._lanes.add(route, body, settling(confirmation, route.wire_type))
        await confirmation

    async def send(self, exchange: Exchange, key: str, bodies: Sequence[bytes]) -> Confirmation:
        metrics.published(key, len(bodies))
        return await self.post(Posting(EXCHANGES[exchange], key, cloudevents.join(bodies), batch_properties(key)))

    async def send_event(self, event: PublicEvent) -> Confirmation:
        metrics.published(event.type, 1)
        return await self.post(Posting(EVENTS, event.key, event.body, public_properties(event)))

    async def post(self, posting: Posting) -> Confirmation:
        """One AMQP message, now, in order."""
        size = len(posting.body)
        if not self._pipe.take_room(size) and (reason := await self._pipe.wait_for_room(size)):
            raise NotAccepted(reason)
        confirmation = confirmation_future()
        self._pipe.post(posting, size, settling(confirmation, _type(posting.properties)))
        return confirmation

    async def _opened(self, channel: Channel) -> None:
        self._pipe.opened(channel)


def settling(confirmation: Confirmation, wire_type: str) -> Settle:
    """What passes a broker's answer on to a waiting future."""

    def settle(reason: str | None) -> None:
        if reason is not None:
            metrics.not_accepted(wire_type)
        if confirmation.done():
            return
        if reason is None:
            confirmation.set_result(None)
        else:
            confirmation.set_exception(NotAccepted(reason))

    return settle


def confirmation_future() -> Confirmation:
    """A future that nobody needs to await."""
    confirmation: Confirmation = asyncio.get_running_loop().create_future()
    confirmation.add_done_callback(_retrieve)
    return confirmation


def _retrieve(confirmation: Confirmation) -> None:
    # Else its exception would be reported as never retrieved.
    if not confirmation.cancelled():
        confirmation.exception()


def _type(properties: Basic.Properties) -> str:
    return properties.message_type or ""
