"""Declarations at a real broker."""

import pytest
from aiormq.abc import AbstractChannel

from priorbus.runtime.bus import AmqpBus, Limits, Topology, TopologyMismatch


async def test_a_queue_of_another_kind_stops_the_start(real_bus: AmqpBus, channel: AbstractChannel, service: str) -> None:
    await channel.queue_declare(f"priorbus.{service}.facts", durable=True)
    with pytest.raises(TopologyMismatch, match=f"priorbus.{service}.facts"):
        await real_bus.declare(Topology(service, facts=["file.verified"]))


async def test_an_exchange_of_another_kind_stops_the_start(real_bus: AmqpBus, channel: AbstractChannel, service: str) -> None:
    await channel.exchange_delete("priorbus.facts")
    await channel.exchange_declare("priorbus.facts", exchange_type="fanout", durable=True)
    with pytest.raises(TopologyMismatch, match=r"priorbus\.facts"):
        await real_bus.declare(Topology(service))
    await channel.exchange_delete("priorbus.facts")
    await real_bus.declare(Topology(service))


@pytest.mark.usefixtures("real_bus")
async def test_another_delivery_limit_needs_another_queue(amqp_url: str, service: str) -> None:
    """`service` is declared with the usual limit."""
    async with AmqpBus.connect(amqp_url, "test", Limits(deliveries=3)) as strict:
        await strict.ready()
        with pytest.raises(TopologyMismatch, match=f"priorbus.{service}.commands"):
            await strict.declare(Topology(service))
        await strict.declare(Topology(f"{service}_anew"))


async def test_a_service_without_commands_takes_none(real_bus: AmqpBus, channel: AbstractChannel) -> None:
    await real_bus.declare(Topology("reader", facts=["file.verified"], commands=False))
    declared = await channel.queue_declare("priorbus.reader.facts", passive=True)
    assert declared.queue == "priorbus.reader.facts"
    await real_bus.declare(Topology("reader", facts=["file.verified"]))
    assert (await channel.queue_declare("priorbus.reader.commands", passive=True)).message_count == 0
