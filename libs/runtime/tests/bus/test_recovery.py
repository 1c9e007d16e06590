"""Consumers and callers when connections break."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import AmqpBus, NoReply, ServiceQueue, Topology
from priorbus.runtime.settlement import Settlement
from priorbus.runtime.testing.proxy import Proxy
from priorbus.runtime.testing.sinks import RecordingSink, done

Make = Callable[..., Envelope]
Body = Callable[..., bytes]


class Fragile(Protocol):
    @property
    def bus(self) -> AmqpBus: ...
    @property
    def proxy(self) -> Proxy: ...


async def test_unsettled_messages_come_again_after_a_cut_one_at_a_time(
    fragile: Fragile, channel: AbstractChannel, service: str, body: Body
) -> None:
    sink = RecordingSink()
    sink.gate.clear()
    queue = ServiceQueue(service, "commands")
    async with fragile.bus.consumer(queue, sink) as consumer:
        for n in range(4):
            await fragile.bus.publisher.publish("commands", f"{service}.do_it", body(n))
        while (await channel.queue_declare(queue.name, passive=True)).message_count:
            await asyncio.sleep(0.01)
        fragile.proxy.cut()
        while consumer.consuming:
            await asyncio.sleep(0.01)
        sink.gate.set()
        await sink.until_seen(5)
    assert sorted([given.data["n"] for given in group] for group in sink.groups[1:]) == [[0], [1], [2], [3]]
    assert (await channel.queue_declare(queue.name, passive=True)).message_count == 0


async def test_only_unacknowledged_messages_come_again(fragile: Fragile, service: str, body: Body) -> None:
    release = asyncio.Event()

    class Slow(RecordingSink):
        async def run(self, envelopes: Any) -> Any:
            settlements = await super().run(envelopes)
            if self.concurrent(envelopes[0]):
                await release.wait()
            return settlements

    sink = Slow(concurrent=lambda given: given.data["n"] % 3 == 0)
    async with fragile.bus.consumer(ServiceQueue(service, "commands"), sink):
        for n in range(12):
            await (await fragile.bus.publisher.send("commands", f"{service}.do_it", [body(n)]))
        await sink.until_seen(12)
        # One more round trip on the same channel tells that the acks before it have arrived.
        await fragile.bus.publisher.publish("commands", f"{service}.do_it", body(13))
        await sink.until_seen(13)
        await asyncio.sleep(0.2)
        fragile.proxy.cut()
        await sink.until_seen(17)
        release.set()
    again = [given.data["n"] for given in sink.seen[13:]]
    assert sorted(again) == [0, 3, 6, 9]


async def test_a_poison_message_is_parked_alone(
    fragile: Fragile, service: str, body: Body, next_parked: Callable[[str], Awaitable[DeliveredMessage]]
) -> None:
    """Cutting the connection with the message in hand is to the broker what a crash is."""

    def crash_on_poison(given: Envelope) -> Settlement:
        if given.data["n"] == 2:
            fragile.proxy.cut()
        return done(given)

    sink = RecordingSink(crash_on_poison)
    await (await fragile.bus.publisher.send("commands", f"{service}.do_it", [body(n) for n in (1, 2, 3)]))
    for n in (4, 5):
        await (await fragile.bus.publisher.send("commands", f"{service}.do_it", [body(n)]))
    async with fragile.bus.consumer(ServiceQueue(service, "commands"), sink):
        parked = await next_parked(service)
        await sink.until(lambda: {given.data["n"] for given in sink.seen} >= {1, 3, 4, 5})
        await fragile.bus.ready()
        await fragile.bus.publisher.publish("commands", f"{service}.do_it", body(6))
        await sink.until(lambda: 6 in {given.data["n"] for given in sink.seen})
    assert [given.data["n"] for given in cloudevents.decode(parked.body)] == [2]
    assert [given.data["n"] for given in sink.seen].count(2) == 12
    headers: dict[str, Any] = parked.header.properties.headers or {}
    assert headers["x-first-death-reason"] == "delivery_limit"
    assert headers["x-first-death-queue"] == f"priorbus.{service}.commands"


async def test_the_retry_delay_grows(fragile: Fragile, service: str, body: Body) -> None:
    first_failures: list[int] = []

    def fail_once(given: Envelope) -> Settlement:
        if given.data["n"] in first_failures:
            return done(given)
        first_failures.append(given.data["n"])
        return Settlement("retry", error="TransientError")

    sink = RecordingSink(fail_once)
    async with fragile.bus.consumer(ServiceQueue(service, "commands"), sink):
        await fragile.bus.publisher.publish("commands", f"{service}.do_it", body(2, attempt=2))
        await fragile.bus.publisher.publish("commands", f"{service}.do_it", body(1, attempt=1))
        seen = await sink.until_seen(4)
    assert [(given.data["n"], given.attempt) for given in seen] == [(2, 2), (1, 1), (1, 2), (2, 3)]


async def test_a_caller_learns_at_once_that_its_reply_is_lost_and_can_call_again(fragile: Fragile, service: str, envelope: Make) -> None:
    sink = RecordingSink()
    sink.gate.clear()
    async with fragile.bus.requests() as requests, fragile.bus.consumer(ServiceQueue(service, "commands"), sink):
        call = asyncio.create_task(requests.call(envelope(1), b"{}", 60))
        await sink.until_seen(1)
        await asyncio.sleep(0.2)
        fragile.proxy.cut()
        with pytest.raises(NoReply):
            await call
        sink.gate.set()
        assert await _call_when_ready(requests, envelope(2)) == "cmd_2"


async def _call_when_ready(requests: Any, sent: Envelope) -> str:
    while True:
        try:
            reply = await requests.call(sent, b"{}", 10)
            return str(reply["command_id"])
        except Exception:  # noqa: BLE001 - the connection may not be back yet
            await asyncio.sleep(0.1)


async def test_a_deleted_queue_is_consumed_again_when_it_is_back(
    fragile: Fragile, channel: AbstractChannel, service: str, body: Body
) -> None:
    sink = RecordingSink()
    async with fragile.bus.consumer(ServiceQueue(service, "commands"), sink):
        await fragile.bus.publisher.publish("commands", f"{service}.do_it", body(1))
        await sink.until_seen(1)
        await channel.queue_delete(f"priorbus.{service}.commands")
        await fragile.bus.declare(Topology(service))
        await fragile.bus.publisher.publish("commands", f"{service}.do_it", body(2))
        await sink.until_seen(2)


async def test_one_consumer_at_a_time_gets_the_facts_of_a_single_active_queue(real_bus: AmqpBus, service: str, body: Body) -> None:
    key = f"{service}_thing.changed"
    queue = ServiceQueue(service, "facts")
    await real_bus.declare(Topology(service, facts=[key], single_active_facts=True))
    active, standby = RecordingSink(), RecordingSink()
    async with real_bus.consumer(queue, standby), real_bus.consumer(queue, active):
        await asyncio.gather(*(real_bus.publisher.publish("facts", key, body(n, type=key)) for n in range(20)))
        await asyncio.wait(
            {asyncio.create_task(active.until_seen(20)), asyncio.create_task(standby.until_seen(20))},
            return_when=asyncio.FIRST_COMPLETED,
        )
        assert {len(active.seen), len(standby.seen)} == {0, 20}
