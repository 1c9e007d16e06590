"""Both buses, and a look behind the real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiormq
import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import AmqpBus, Bus, Topology
from priorbus.runtime.bus.names import parking_queue
from priorbus.runtime.testing.bus import MemoryBus, Parked
from priorbus.runtime.testing.proxy import Proxy, proxied

_numbers = count(1)


@pytest.fixture
def service() -> str:
    """A service of the test's own."""
    return f"svc{next(_numbers)}"


@pytest.fixture
def envelope(service: str) -> Callable[..., Envelope]:
    def make(number: int = 1, **changes: Any) -> Envelope:
        values: dict[str, Any] = {"type": f"{service}.do_it", "tenant": "t_acme", "data": {"n": number}, **changes}
        return Envelope(id=f"cmd_{number}", time=datetime(2026, 1, 1, tzinfo=UTC), **values)

    return make


@pytest.fixture
def body(envelope: Callable[..., Envelope]) -> Callable[..., bytes]:
    def make(number: int = 1, **changes: Any) -> bytes:
        return cloudevents.encode_parsed(envelope(number, **changes))

    return make


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    """A plain channel, to look and to meddle."""
    async with aiormq.connect(amqp_url) as connection:
        yield await connection.channel()


@pytest.fixture
async def real_bus(amqp_url: str, service: str) -> AsyncIterator[AmqpBus]:
    async with AmqpBus.connect(amqp_url, "test") as bus:
        await bus.ready()
        await bus.declare(Topology(service))
        yield bus


@dataclass(frozen=True)
class Fragile:
    """A real bus whose connections can be cut."""

    bus: AmqpBus
    proxy: Proxy


@pytest.fixture
async def fragile(amqp_url: str, service: str) -> AsyncIterator[Fragile]:
    async with proxied(amqp_url) as (proxy, url), AmqpBus.connect(url, "test") as bus:
        await bus.ready()
        await bus.declare(Topology(service))
        yield Fragile(bus, proxy)


@pytest.fixture
def next_parked(amqp_url: str) -> Callable[[str], Awaitable[DeliveredMessage]]:
    """Take a message out of a service's parking queue, waiting for it."""

    async def take(service: str) -> DeliveredMessage:
        async with aiormq.connect(amqp_url) as connection:
            channel = await connection.channel()
            arrived: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
            await channel.basic_consume(parking_queue(service), arrived.put, no_ack=False)
            message = await arrived.get()
            await channel.basic_ack(message.delivery_tag or 0)
            return message

    return take


@dataclass(frozen=True)
class Case:
    """A bus under contract and the way to see what it has parked."""

    bus: Bus
    parked: Callable[[str], Awaitable[Parked]]


@pytest.fixture(params=["amqp", "memory"])
async def case(request: pytest.FixtureRequest, service: str) -> AsyncIterator[Case]:
    topology = Topology(service, facts=[f"{service}_thing.changed"])
    if request.param == "memory":
        memory = MemoryBus()
        await memory.declare(topology)
        yield Case(memory, memory.next_parked)
        return
    next_parked = request.getfixturevalue("next_parked")
    async with AmqpBus.connect(request.getfixturevalue("amqp_url"), "contract") as bus:
        await bus.ready()
        await bus.declare(topology)
        yield Case(bus, _parked_at_broker(next_parked))


def _parked_at_broker(next_parked: Callable[[str], Awaitable[DeliveredMessage]]) -> Callable[[str], Awaitable[Parked]]:
    async def take(service: str) -> Parked:
        message = await next_parked(service)
        headers: dict[str, Any] = message.header.properties.headers or {}
        error, category = headers["x-priorbus-error"], headers["x-priorbus-category"]
        envelope = None if category == "malformed" else cloudevents.decode(message.body)[0]
        return Parked(service, error, category, envelope)

    return take
