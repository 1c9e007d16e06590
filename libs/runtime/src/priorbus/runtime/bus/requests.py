"""Commands with replies, for the gateway: direct reply-to on the publishing channel."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson
import structlog
from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus.interfaces import LateReply, ReplyData
from priorbus.runtime.bus.lanes import Lanes, Route
from priorbus.runtime.bus.link import Link
from priorbus.runtime.bus.names import COMMANDS
from priorbus.runtime.bus.pipe import Pipe
from priorbus.runtime.bus.publisher import CONFIRM_SECONDS, ROOM_BYTES, confirmation_future, settling
from priorbus.runtime.bus.session import lasting_channel
from priorbus.runtime.bus.waiting import Call, WaitingCalls
from priorbus.runtime.bus.watch import watch

_REPLY_TO = "amq.rabbitmq.reply-to"
log = structlog.get_logger()


class AmqpRequests:
    """See `interfaces.Requests`."""

    def __init__(self, on_late_reply: LateReply | None) -> None:
        self._pipe = Pipe(timeout=CONFIRM_SECONDS, room_bytes=ROOM_BYTES)
        self._lanes = Lanes(self._pipe)
        self._waiting = WaitingCalls(on_late_reply)

    @asynccontextmanager
    async def on(self, link: Link) -> AsyncIterator["AmqpRequests"]:
        """Publish and receive over this link as long as the context lasts. Begins without a connection only when none comes soon."""
        async with lasting_channel(link, "requests", self._opened, self._closed, confirms=True), watch(link, self._pipe):
            with suppress(TimeoutError):
                async with asyncio.timeout(CONFIRM_SECONDS):
                    await self._pipe.ready()
            yield self

    async def call(self, envelope: Envelope, data_json: bytes, timeout: float) -> ReplyData:  # noqa: ASYNC109 - see interfaces
        call = Call(envelope.type)
        self._waiting.add(envelope.id, call)
        try:
            self._lanes.add(_route(envelope.type), cloudevents.encode(envelope, data_json), call.settle)
            return await call.answer(timeout)
        finally:
            self._waiting.remove(envelope.id, call)

    async def send(self, envelope_json: bytes, key: str) -> None:
        confirmation = confirmation_future()
        self._lanes.add(_route(key), envelope_json, settling(confirmation, key))
        await confirmation

    async def _opened(self, channel: Channel) -> None:
        # Direct reply-to: the broker passes replies on only to the channel that published the command.
        await channel.basic_consume(_REPLY_TO, self._on_replies, no_ack=True)
        self._pipe.opened(channel)

    def _closed(self) -> None:
        self._pipe.closed()
        self._waiting.lost()

    async def _on_replies(self, message: DeliveredMessage) -> None:
        try:
            replies = orjson.loads(message.body)
            for reply in replies:
                self._waiting.answered(reply["command_id"], reply)
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            log.warning("bus.malformed_replies", error=type(error).__name__)


def _route(key: str) -> Route:
    return Route(COMMANDS, key, key, _REPLY_TO)
