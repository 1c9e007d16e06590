"""Exchanges, queues and bindings (Conventions 13.2). Declaring again is harmless."""

from typing import Any

from aiormq.channel import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelPreconditionFailed

from priorbus.runtime.bus.errors import TopologyMismatch
from priorbus.runtime.bus.interfaces import Topology
from priorbus.runtime.bus.limits import Limits
from priorbus.runtime.bus.names import (
    COMMANDS,
    DEAD_LETTERS,
    EVENT_STREAM,
    EVENTS,
    FACTS,
    RETRY_DELAYS,
    ServiceQueue,
    parking_queue,
)

_QUORUM = {"x-queue-type": "quorum"}
# A dead letter leaves its queue only when the next one has confirmed it; the broker asks for the overflow rule with it.
_SAFE_DEAD_LETTERING = {**_QUORUM, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}


async def declare(channel: Channel, topology: Topology, limits: Limits) -> None:
    """Declare the shared exchanges and stream and one service's queues. Raises TopologyMismatch; the channel is lost then."""
    try:
        await _declare_shared(channel, limits.event_days)
        await _declare_parking(channel, topology.service)
        if topology.commands:
            queue = ServiceQueue(topology.service, "commands")
            await _declare_inbound(channel, queue, limits.deliveries, single_active=False)
            await channel.queue_bind(queue.name, COMMANDS, f"{topology.service}.*")
        if topology.facts:
            queue = ServiceQueue(topology.service, "facts")
            await _declare_inbound(channel, queue, limits.deliveries, single_active=topology.single_active_facts)
            for fact in topology.facts:
                await channel.queue_bind(queue.name, FACTS, fact)
    except ChannelPreconditionFailed as error:
        raise TopologyMismatch(f"{error}: delete it or migrate its messages, then start again") from None
    except ChannelAccessRefused as error:
        raise TopologyMismatch(f"{error}: grant the account what it needs, then start again") from None


async def _declare_shared(channel: Channel, event_days: int) -> None:
    for exchange in (COMMANDS, FACTS, EVENTS):
        await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
    await channel.exchange_declare(DEAD_LETTERS, exchange_type="direct", durable=True)
    await _declare_queue(channel, EVENT_STREAM, {"x-queue-type": "stream", "x-max-age": f"{event_days}D"})
    await channel.queue_bind(EVENT_STREAM, EVENTS, "#")


async def _declare_parking(channel: Channel, service: str) -> None:
    await _declare_queue(channel, parking_queue(service), _QUORUM)
    await channel.queue_bind(parking_queue(service), DEAD_LETTERS, service)


async def _declare_inbound(channel: Channel, queue: ServiceQueue, deliveries: int, *, single_active: bool) -> None:
    arguments: dict[str, Any] = {
        **_SAFE_DEAD_LETTERING,
        "x-delivery-limit": deliveries,
        "x-dead-letter-exchange": DEAD_LETTERS,
        "x-dead-letter-routing-key": queue.service,
    }
    if single_active:
        arguments["x-single-active-consumer"] = True
    await _declare_queue(channel, queue.name, arguments)
    for seconds in RETRY_DELAYS:
        waiting = {
            **_SAFE_DEAD_LETTERING,
            "x-message-ttl": seconds * 1000,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": queue.name,
        }
        await _declare_queue(channel, queue.retry_after(seconds), waiting)


async def _declare_queue(channel: Channel, name: str, arguments: dict[str, Any]) -> None:
    await channel.queue_declare(name, durable=True, arguments=arguments)
