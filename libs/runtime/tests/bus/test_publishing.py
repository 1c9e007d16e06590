"""What publishing does at a real broker and with a bad connection."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import orjson
import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage

from priorbus.runtime import cloudevents
from priorbus.runtime.bus import AmqpBus, NotAccepted, PublicEvent, Topology
from priorbus.runtime.bus.lanes import BATCH_BYTES, BATCH_COUNT
from priorbus.runtime.bus.link import Link
from priorbus.runtime.bus.pipe import BURST_BYTES
from priorbus.runtime.bus.posting import Posting
from priorbus.runtime.bus.properties import batch_properties
from priorbus.runtime.bus.publisher import AmqpPublisher
from priorbus.runtime.bus.watch import watch
from priorbus.runtime.testing.proxy import Proxy, proxied

Body = Callable[..., bytes]


class Fragile(Protocol):
    @property
    def bus(self) -> AmqpBus: ...
    @property
    def proxy(self) -> Proxy: ...


async def take_all(channel: AbstractChannel, queue: str) -> list[DeliveredMessage]:
    messages = []
    while (message := await channel.basic_get(queue, no_ack=True)).delivery_tag is not None:
        messages.append(message)
    return messages


async def test_messages_of_one_destination_travel_together_in_order(
    real_bus: AmqpBus, channel: AbstractChannel, service: str, body: Body
) -> None:
    count = 3 * BATCH_COUNT
    await asyncio.gather(*(real_bus.publisher.publish("commands", f"{service}.do_it", body(n)) for n in range(count)))
    messages = await take_all(channel, f"priorbus.{service}.commands")
    batches = [cloudevents.decode(message.body) for message in messages]
    assert [len(batch) for batch in batches] == [BATCH_COUNT] * 3
    assert [envelope.data["n"] for batch in batches for envelope in batch] == list(range(count))


async def test_a_batch_has_the_properties_of_a_durable_batch(real_bus: AmqpBus, channel: AbstractChannel, service: str, body: Body) -> None:
    await real_bus.publisher.publish("commands", f"{service}.do_it", body())
    [message] = await take_all(channel, f"priorbus.{service}.commands")
    properties = message.header.properties
    assert (properties.content_type, properties.delivery_mode, properties.message_type) == (
        "application/cloudevents-batch+json",
        2,
        f"{service}.do_it",
    )


async def test_large_bodies_travel_in_several_messages(real_bus: AmqpBus, channel: AbstractChannel, service: str, body: Body) -> None:
    large = [body(n, data={"n": n, "text": "x" * (BATCH_BYTES // 2)}) for n in range(3)]
    huge = body(3, data={"n": 3, "text": "x" * 2 * BATCH_BYTES})
    await asyncio.gather(*(real_bus.publisher.publish("commands", f"{service}.do_it", given) for given in [*large, huge]))
    messages = await take_all(channel, f"priorbus.{service}.commands")
    assert [[e.data["n"] for e in cloudevents.decode(message.body)] for message in messages] == [[0], [1], [2], [3]]


async def test_a_public_event_is_copied_into_the_properties(real_bus: AmqpBus, channel: AbstractChannel) -> None:
    queue = (await channel.queue_declare(exclusive=True)).queue or ""
    await channel.queue_bind(queue, "priorbus.events", "t_acme.#")
    event = PublicEvent(
        key="t_acme.authorization.created",
        body=orjson.dumps({"id": "evt_1"}),
        id="evt_1",
        type="priorbus.authorization.created.v1",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        tenant="t_acme",
        subject="authorization/auth_1",
        source="/tenants/t_acme",
        sequence="000000000001",
        correlation_id="req_1",
        traceparent="00-1-2-01",
    )
    await (await real_bus.publisher.send_event(event))
    [message] = await take_all(channel, queue)
    properties = message.header.properties
    assert message.body == event.body
    assert message.routing_key == "t_acme.authorization.created"
    assert properties.content_type == "application/cloudevents+json"
    assert (properties.message_id, properties.message_type, properties.correlation_id) == (event.id, event.type, "req_1")
    assert (properties.timestamp, properties.delivery_mode) == (event.time, 2)
    assert properties.headers == {
        "ce_subject": "authorization/auth_1",
        "ce_source": "/tenants/t_acme",
        "ce_tenantid": "t_acme",
        "ce_sequence": "000000000001",
        "traceparent": "00-1-2-01",
    }
    assert (await channel.queue_declare("priorbus.events.stream", passive=True)).queue == "priorbus.events.stream"


async def test_a_returned_message_fails_alone(real_bus: AmqpBus, service: str, body: Body) -> None:
    kept = [await real_bus.publisher.send("commands", f"{service}.do_it", [body(n)]) for n in range(5)]
    lost = await real_bus.publisher.send("commands", "nobody.do_it", [body()])
    kept += [await real_bus.publisher.send("commands", f"{service}.do_it", [body(n)]) for n in range(5)]
    with pytest.raises(NotAccepted, match="no queue"):
        await lost
    await asyncio.gather(*kept)


async def test_a_burst_reaches_the_broker_in_order_and_one_bad_message_fails_alone(
    real_bus: AmqpBus, channel: AbstractChannel, service: str
) -> None:
    queue, size = f"priorbus.{service}.commands", BURST_BYTES // 20

    def posting(number: int, key: str = f"{service}.do_it") -> Posting:
        return Posting("priorbus.commands", key, b"%d" % number + b" " * size, batch_properties(key))

    bad = {7: "x" * 300, 31: f"nobody.{service}"}
    confirmations = [await real_bus.publisher.post(posting(n, bad.get(n, f"{service}.do_it"))) for n in range(400)]
    answers = await asyncio.gather(*confirmations, return_exceptions=True)
    assert {number: type(answer) for number, answer in enumerate(answers) if answer is not None} == dict.fromkeys(bad, NotAccepted)
    arrived = [int(message.body) for message in await take_all(channel, queue)]
    assert arrived == [number for number in range(400) if number not in bad]


async def test_a_broken_connection_fails_what_is_on_its_way_and_heals(fragile: Fragile, service: str, body: Body) -> None:
    fragile.proxy.freeze()
    waiting = [asyncio.create_task(fragile.bus.publisher.publish("commands", f"{service}.do_it", body(n))) for n in range(3)]
    await asyncio.sleep(0)
    fragile.proxy.refuse()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [NotAccepted] * 3
    fragile.proxy.thaw()
    with pytest.raises(NotAccepted, match="no connection"):
        await fragile.bus.publisher.publish("commands", f"{service}.do_it", body())
    fragile.proxy.accept()
    await fragile.bus.ready()
    await fragile.bus.publisher.publish("commands", f"{service}.do_it", body())


async def test_a_silent_broker_is_given_up_in_time_and_memory_stays_bounded(
    amqp_url: str, real_bus: AmqpBus, service: str, body: Body
) -> None:
    async with (
        proxied(amqp_url) as (proxy, url),
        Link(url, "test").open() as link,
        AmqpPublisher(timeout=0.3, room_bytes=10 * len(body())).on(link) as publisher,
    ):
        await publisher.ready()
        proxy.freeze()
        first = await asyncio.gather(
            *(publisher.publish("commands", f"{service}.do_it", body()) for _ in range(30)), return_exceptions=True
        )
        assert {str(error) for error in first} == {"not confirmed in time", "too many messages wait for their confirm"}
        with pytest.raises(NotAccepted, match="too many"):
            await (await publisher.send("commands", f"{service}.do_it", [body()]))
        proxy.thaw()
        while True:
            try:
                await publisher.publish("commands", f"{service}.do_it", body())
                break
            except NotAccepted:
                await asyncio.sleep(0.05)


async def test_senders_wait_for_room_and_get_all_of_it_back(real_bus: AmqpBus, amqp_url: str, service: str, body: Body) -> None:
    key = f"{service}.do_it"
    async with Link(amqp_url, "test").open() as link, AmqpPublisher(room_bytes=len(body())).on(link) as publisher:
        await publisher.ready()
        for _ in range(20):
            confirmations = await asyncio.gather(*(publisher.send("commands", key, [body()]) for _ in range(5)))
            await asyncio.gather(*confirmations)
        await publisher.publish("commands", key, body())


async def test_a_bus_begins_before_its_broker(amqp_url: str, service: str, body: Body) -> None:
    async with proxied(amqp_url) as (proxy, url):
        proxy.refuse()
        async with AmqpBus.connect(url, "test") as bus:
            assert not bus.connected
            with pytest.raises(NotAccepted):
                await bus.publisher.publish("commands", f"{service}.do_it", body())
            proxy.accept()
            await bus.declare(Topology(service))
            await bus.ready()
            await bus.publisher.publish("commands", f"{service}.do_it", body())


async def test_a_broker_that_stays_silent_loses_its_connection(amqp_url: str, real_bus: AmqpBus, service: str, body: Body) -> None:
    async with (
        proxied(amqp_url) as (proxy, url),
        Link(url, "test").open() as link,
        AmqpPublisher(timeout=0.1).on(link) as publisher,
        watch(link, publisher._pipe, stuck_seconds=0.2),
    ):
        await publisher.ready()
        proxy.freeze()
        reasons = set()
        while "no connection to the broker" not in reasons:
            with pytest.raises(NotAccepted) as refused:
                await publisher.publish("commands", f"{service}.do_it", body())
            reasons.add(str(refused.value))
            await asyncio.sleep(0.05)
        proxy.thaw()
        await publisher.ready()
        await publisher.publish("commands", f"{service}.do_it", body())
