"""Operators' access to the parking queues: look at what lies there, let it run again, or drop it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiormq
from aiormq.abc import AbstractChannel, DeliveredMessage

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus.names import parking_queue
from priorbus.runtime.bus.properties import batch_properties

_ID_DIGITS = 16
_RETURN_TIMEOUT = 5.0
_RETURN_POLL = 0.02
MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked message without its data, which may hold PHI. `id` is that of the message, or a digest of what is none.

    `queue` is where it failed, `error` an exception's class, `category` of Conventions 8, `attempt` how often it was tried.
    """

    id: str
    service: str
    queue: str
    type: str
    tenant: str
    at: datetime | None
    error: str
    category: str
    attempt: int
    request_id: str
    size: int


class NotRunnable(Exception):
    """A parked body that is no message can only be dropped."""


class Parking:
    """The parking queue of one service. What is taken to be looked at is put back; a process that dies meanwhile loses nothing."""

    def __init__(self, channel: AbstractChannel, service: str) -> None:
        self._channel = channel
        self._service = service

    async def letters(self) -> list[DeadLetter]:
        """Everything that lies there, oldest first, what is no message last."""
        taken = await self._take()
        try:
            return sorted((_letter(self._service, message) for message in taken), key=_age)
        finally:
            await self._put_back(taken)

    async def requeue(self, ids: Collection[str]) -> list[DeadLetter]:
        """Send these to the queue where they failed, as if for the first time. Raises NotRunnable, before anything is sent."""
        async with self._chosen(ids) as chosen:
            if any(letter.category == MALFORMED for letter, _ in chosen):
                raise NotRunnable
            for letter, message in chosen:
                await self._send_again(letter, message)
                await self._channel.basic_ack(_tag(message))
            return [letter for letter, _ in chosen]

    async def drop(self, ids: Collection[str]) -> list[DeadLetter]:
        """Remove these for good."""
        async with self._chosen(ids) as chosen:
            for _, message in chosen:
                await self._channel.basic_ack(_tag(message))
            return [letter for letter, _ in chosen]

    @asynccontextmanager
    async def _chosen(self, ids: Collection[str]) -> AsyncIterator[list[tuple[DeadLetter, DeliveredMessage]]]:
        """These; the others are put back. What is not acknowledged goes back when the connection ends."""
        taken = [(_letter(self._service, message), message) for message in await self._take()]
        await self._put_back([message for letter, message in taken if letter.id not in ids])
        yield [(letter, message) for letter, message in taken if letter.id in ids]

    async def _send_again(self, letter: DeadLetter, message: DeliveredMessage) -> None:
        envelopes = [replace(envelope, attempt=1) for envelope in cloudevents.decode(message.body)]
        body = cloudevents.join(map(cloudevents.encode_parsed, envelopes))
        # Confirmed before the parked one is acknowledged: a crash in between repeats it, and its owner knows it already then.
        await self._channel.basic_publish(body, routing_key=letter.queue, properties=batch_properties(letter.type), mandatory=True)

    async def _take(self) -> list[DeliveredMessage]:
        taken: list[DeliveredMessage] = []
        for _ in range(await self._waiting()):
            message = await self._channel.basic_get(parking_queue(self._service))
            if message.delivery_tag is None:
                break
            taken.append(message)
        return taken

    async def _put_back(self, messages: Sequence[DeliveredMessage]) -> None:
        for message in messages:
            await self._channel.basic_nack(_tag(message), requeue=True)
        # The broker confirms no nack, and a quorum queue returns the messages a moment later: whoever looks next must find them.
        with suppress(TimeoutError):
            async with asyncio.timeout(_RETURN_TIMEOUT):
                while await self._waiting() < len(messages):  # noqa: ASYNC110 - the broker can only be asked
                    await asyncio.sleep(_RETURN_POLL)

    async def _waiting(self) -> int:
        declared = await self._channel.queue_declare(parking_queue(self._service), passive=True)
        return declared.message_count or 0


@asynccontextmanager
async def parking(amqp_url: str) -> AsyncIterator[Callable[[str], Parking]]:
    """Parking queues by service. Raises aiormq's errors when the broker is not there."""
    async with aiormq.connect(amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        yield lambda service: Parking(channel, service)


def _letter(service: str, message: DeliveredMessage) -> DeadLetter:
    headers: dict[str, Any] = message.header.properties.headers or {}
    envelope = _envelope(message.body)
    return DeadLetter(
        id=envelope.id if envelope else hashlib.sha256(message.body).hexdigest()[:_ID_DIGITS],
        service=service,
        queue=str(headers.get("x-priorbus-queue", "")) or _dead_lettered_from(headers),
        type=envelope.type if envelope else "",
        tenant=envelope.tenant if envelope else "",
        at=envelope.time if envelope else None,
        error=str(headers.get("x-priorbus-error", "")) or str(headers.get("x-first-death-reason", "")),
        category=str(headers.get("x-priorbus-category", "fault" if envelope else MALFORMED)),
        attempt=int(headers.get("x-priorbus-attempt", envelope.attempt if envelope else 1)),
        request_id=envelope.request_id if envelope else "",
        size=len(message.body),
    )


def _envelope(body: bytes) -> Envelope | None:
    try:
        return cloudevents.decode(body)[0]
    except cloudevents.MalformedBatch:
        return None


def _dead_lettered_from(headers: dict[str, Any]) -> str:
    return str(headers.get("x-first-death-queue", ""))


def _age(letter: DeadLetter) -> datetime:
    return letter.at or datetime.max.replace(tzinfo=UTC)


def _tag(message: DeliveredMessage) -> int:
    return int(message.delivery_tag or 0)
