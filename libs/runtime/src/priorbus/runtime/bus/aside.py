"""Messages that are put aside: into a retry queue to come again, or into the parking queue for operators."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus.errors import NotAccepted
from priorbus.runtime.bus.lanes import Route
from priorbus.runtime.bus.names import DEAD_LETTERS, ServiceQueue
from priorbus.runtime.bus.posting import Posting
from priorbus.runtime.bus.properties import batch_properties, parked_properties
from priorbus.runtime.bus.publisher import AmqpPublisher
from priorbus.runtime.settlement import Settlement

_AGAIN_SECONDS = 0.5
log = structlog.get_logger()


class Aside:
    """Puts one queue's messages aside. Every method returns only when the broker has confirmed."""

    def __init__(self, publisher: AmqpPublisher, queue: ServiceQueue) -> None:
        self._publisher = publisher
        self._queue = queue

    async def retry(self, envelope: Envelope, reply_to: str | None) -> None:
        """Come back to the queue after the delay of this attempt, as the next attempt."""
        route = Route("", self._queue.retry(envelope.attempt), envelope.type, reply_to)
        body = cloudevents.encode_parsed(replace(envelope, attempt=envelope.attempt + 1))
        await self._until_accepted(lambda: self._publisher.route(route, body))

    async def again(self, envelope: Envelope, reply_to: str | None) -> None:
        """Come back to the queue now, in an AMQP message of its own."""
        body = cloudevents.join([cloudevents.encode_parsed(envelope)])
        await self._post(lambda: Posting("", self._queue.name, body, batch_properties(envelope.type, reply_to)))

    async def park(self, envelope: Envelope, settlement: Settlement) -> None:
        """Leave a message to the operators."""
        log.error(
            "bus.parked",
            queue=self._queue.name,
            message_id=envelope.id,
            message_type=envelope.type,
            error=settlement.error,
            category=settlement.category,
            attempt=envelope.attempt,
        )
        body = cloudevents.join([cloudevents.encode_parsed(envelope)])
        await self._park(body, envelope.type, settlement, envelope.attempt)

    async def park_body(self, body: bytes, error: str) -> None:
        """Leave to the operators what is no message."""
        log.error("bus.parked", queue=self._queue.name, error=error, category="malformed")
        await self._park(body, "", Settlement("park", error=error, category="malformed"), 1)

    async def _park(self, body: bytes, wire_type: str, why: Settlement, attempt: int) -> None:
        def posting() -> Posting:
            properties = parked_properties(
                wire_type=wire_type, queue=self._queue.name, error=why.error, category=why.category, attempt=attempt
            )
            return Posting(DEAD_LETTERS, self._queue.service, body, properties)

        await self._post(posting)

    async def _post(self, posting: Callable[[], Posting]) -> None:
        async def post() -> None:
            # A fresh one each time: the client library writes a message id into its properties.
            await (await self._publisher.post(posting()))

        await self._until_accepted(post)

    async def _until_accepted(self, post: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await post()
            except NotAccepted as error:
                log.warning("bus.put_aside_failed", queue=self._queue.name, reason=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
