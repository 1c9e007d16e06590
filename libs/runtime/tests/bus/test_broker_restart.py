"""A broker that dies while publishers publish."""

import asyncio
from collections.abc import Callable

from priorbus.devstack.backing import Backing
from priorbus.runtime.bus import AmqpBus, NotAccepted, ServiceQueue, Topology
from priorbus.runtime.testing.sinks import RecordingSink

Body = Callable[..., bytes]


async def test_nothing_confirmed_is_lost_and_publishing_goes_on(own_backing: Backing, service: str, body: Body) -> None:
    confirmed: set[int] = set()
    killed = asyncio.Event()
    after = asyncio.Event()

    async def publish(bus: AmqpBus, first: int) -> None:
        for n in range(first, 10**9, 8):
            try:
                await bus.publisher.publish("commands", f"{service}.do_it", body(n))
            except NotAccepted:
                await asyncio.sleep(0.05)
                continue
            confirmed.add(n)
            if len(confirmed) > 500 and not killed.is_set():
                before.set()
            if killed.is_set():
                after.set()
                return

    before = asyncio.Event()
    async with AmqpBus.connect(own_backing.amqp_url, "test") as bus:
        await bus.ready()
        await bus.declare(Topology(service))
        publishers = [asyncio.create_task(publish(bus, first)) for first in range(8)]
        await before.wait()
        await asyncio.to_thread(own_backing.rabbitmq.kill)
        killed.set()
        await asyncio.to_thread(own_backing.rabbitmq.start)
        await asyncio.gather(*publishers)
        sink = RecordingSink()
        async with bus.consumer(ServiceQueue(service, "commands"), sink):
            await sink.until(lambda: confirmed <= {given.data["n"] for given in sink.seen})
    assert after.is_set()
