"""Acceptance cases: event list, server-sent events, exchange and replay stream (conventions.md 19)."""

import asyncio
import json
from collections import defaultdict
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelAccessRefused
from pymongo import AsyncMongoClient

from priorbus.devstack import cases
from priorbus.devstack.client import Client
from priorbus.devstack.event_stream import event_stream
from priorbus.devstack.seed import OTHER_TENANT
from priorbus.devstack.stack import Stack
from priorbus.runtime.bus.names import COMMANDS, EVENTS, FACTS
from tests.conformance.conventions.conftest import OwnTenant
from tests.conformance.conventions.public_channels import (
    account_url,
    all_events,
    check_event,
    decided_case,
    read_stream,
    reader_of_everything,
    short_type,
    subscribed,
    until_listed,
)
from tests.conformance.event_contract import EventContract

FILE = {"fileName": "note.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}


def key_of(client: Client) -> str:
    return str(client._headers["Authorization"].removeprefix("Bearer "))


async def events_of_files(client: Client, count: int, known: int = 0) -> list[Any]:
    """Make `count` files and wait until their events are listed after `known` others."""
    for _ in range(count):
        await client.succeed("POST", "/v1/files", FILE)
    async with asyncio.timeout(30):
        while len(events := await all_events(client)) < known + count:
            await asyncio.sleep(0.05)
    return events


async def test_conv_46_stream_resumes(stack: Stack, own_tenant: OwnTenant, lonely: Client) -> None:
    """CONV-46, resumed at another gateway"""
    key = own_tenant.key
    async with event_stream(stack.gateways[0].base_url, key) as stream, asyncio.timeout(60):
        (first,) = await stream.take(1)
        assert (first.retry, first.id, first.data) == ("3000", "0", None)
        await events_of_files(lonely, 3)
        seen = await stream.take(3)
        assert [frame.id for frame in seen] == ["1", "2", "3"]
        assert {frame.event for frame in seen} == {"file.created"}
    missed = await events_of_files(lonely, 2, known=3)
    async with event_stream(stack.gateways[1].base_url, key, last=seen[-1].id) as stream, asyncio.timeout(60):
        assert [frame.id for frame in await stream.take(3)] == ["3", "4", "5"]
        live = await events_of_files(lonely, 1, known=5)
        (frame,) = await stream.take(1)
    assert (frame.id, json.loads(frame.data or "")) == ("6", {name: value for name, value in live[-1].items() if name != "position"})
    assert [event["position"] for event in missed] == ["1", "2", "3", "4", "5"]


async def test_conv_47_unknown_position_and_key_in_the_query(stack: Stack, own_tenant: OwnTenant, lonely: Client) -> None:
    """CONV-47"""
    await events_of_files(lonely, 3)
    database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with database:
        rows = database[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"]["event_log"]
        await rows.delete_many({"tenant": own_tenant.id, "last": {"$lte": 2}})
    async with event_stream(stack.base_url, own_tenant.key, last="1") as stream, asyncio.timeout(30):
        _, reset = await stream.take(2)
        assert (reset.event, json.loads(reset.data or "")) == ("reset", {"head": "3"})
    assert (await lonely.call("GET", "/v1/events?after=1")).error_code == "event_position_expired"
    async with event_stream(stack.base_url, None, query=f"?api_key={own_tenant.key}") as refused:
        assert refused.status == 401


async def test_conv_48_no_position_is_filled_in_later(stack: Stack, own_tenant: OwnTenant, lonely: Client, gateways: list[Client]) -> None:
    """CONV-48, read at both gateways while ten clients write"""

    async def write() -> None:
        for _ in range(4):
            case = await lonely.create()
            await lonely.patch(case.json["id"], case.etag, cases.full_answers()[0])

    readers = [Client(gateway.base_url, own_tenant.key) for gateway in stack.gateways]
    seen: list[list[str]] = [[], []]
    writing = asyncio.gather(*(write() for _ in range(10)))
    async with readers[0], readers[1], asyncio.timeout(100):
        quiet = 0
        while quiet < 3:
            grown = False
            for reader, positions in zip(readers, seen, strict=True):
                page = (await reader.succeed("GET", f"/v1/events?limit=100&after={positions[-1] if positions else 0}")).json["data"]
                positions += [event["position"] for event in page]
                grown = grown or bool(page)
                assert positions == [str(number) for number in range(1, len(positions) + 1)]
            quiet = quiet + 1 if writing.done() and not grown else 0
            await asyncio.sleep(0.3 if quiet else 0.01)
    await writing
    assert seen[0] == seen[1] == [event["position"] for event in await all_events(lonely)]
    assert len(seen[0]) > 100


async def test_conv_49_conv_51_exchange_and_stream(
    stack: Stack, own_tenant: OwnTenant, lonely: Client, event_contract: EventContract
) -> None:
    """CONV-49, CONV-51"""
    tenant = own_tenant.id
    everything = await reader_of_everything(stack)
    url = account_url(stack, own_tenant.account, own_tenant.password)
    async with subscribed(url, f"pub.{tenant}.billing", f"{tenant}.#") as subscriber:
        await decided_case(lonely)
        received = await subscriber.until("authorization.completed")
        messages = list(subscriber.messages)
    sequences = defaultdict[str, list[str]](list)
    for message, event in zip(messages, received, strict=True):
        check_event(event)
        event_contract.check_properties(message)
        assert (message.content_type, message.message_id, message.type) == ("application/cloudevents+json", event["id"], event["type"])
        assert (message.correlation_id, message.delivery_mode) == (event.get("correlationid"), aio_pika.DeliveryMode.PERSISTENT)
        assert message.routing_key == f"{tenant}.{short_type(event)}"
        copies = {"ce_subject": "subject", "ce_source": "source", "ce_tenantid": "tenantid", "ce_sequence": "sequence"}
        assert {name: message.headers[name] for name in copies} == {name: event[attribute] for name, attribute in copies.items()}
        sequences[event["subject"]].append(event["sequence"])
    assert all(numbers == sorted(set(numbers)) for numbers in sequences.values())
    listed = await until_listed(lonely, "authorization.completed")
    ids = [event["id"] for event in received]
    assert ids == [event["id"] for event in listed][: len(ids)]
    assert [one for one in await read_stream(everything, ids) if one in set(ids)] == ids


async def refused(connection: AbstractConnection, *, queue: str = "", exchange: str = "", key: str = "", arguments: Any = None) -> bool:
    """Whether the broker refuses to declare a queue, to bind it, or to publish."""
    channel = await connection.channel()
    try:
        if queue:
            declared = await channel.declare_queue(queue, exclusive=arguments is None, auto_delete=True, arguments=arguments)
            if exchange:
                await declared.bind(exchange, key)
        else:
            target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
            await target.publish(aio_pika.Message(b"{}"), key, mandatory=False)
    except ChannelAccessRefused:
        return True
    await channel.close()
    return False


async def test_conv_50_what_an_account_may_not(stack: Stack, own_tenant: OwnTenant) -> None:
    """CONV-50"""
    url = account_url(stack, own_tenant.account, own_tenant.password)
    own = f"pub.{own_tenant.id}.curious"
    async with await aio_pika.connect(url) as connection:
        for exchange, key in ((FACTS, "#"), (COMMANDS, "#"), (EVENTS, f"{OTHER_TENANT}.#"), (EVENTS, "#"), (EVENTS, "*.authorization.#")):
            assert await refused(connection, queue=own, exchange=exchange, key=key), (exchange, key)
        assert not await refused(connection, queue=own, exchange=EVENTS, key=f"{own_tenant.id}.authorization.#")
        for name in ("anything", f"pub.{OTHER_TENANT}.x", f"pub.{own_tenant.id}", "pub.all.x", "priorbus.requirements.commands"):
            assert await refused(connection, queue=name), name
        letters = {"x-dead-letter-exchange": COMMANDS, "x-dead-letter-routing-key": "requirements.create_authorization", "x-message-ttl": 0}
        assert await refused(connection, queue=f"{own}.letters", arguments=letters)
        inbound = "priorbus.requirements.commands"
        for exchange, key in ((EVENTS, f"{own_tenant.id}.authorization.created"), (COMMANDS, "requirements.x"), ("", inbound)):
            assert await refused(connection, exchange=exchange, key=key), (exchange, key)
    with pytest.raises(ChannelAccessRefused):
        await read_stream(url, ["evt_any"])


async def until_ended(connection: AbstractConnection) -> None:
    """Use a connection until it fails."""
    async with asyncio.timeout(20):
        while True:
            await (await connection.channel()).close()
            await asyncio.sleep(0.1)


async def test_an_account_is_listed_and_ends_when_it_is_removed(stack: Stack, own_tenant: OwnTenant) -> None:
    """Conventions 13.3"""
    url = account_url(stack, own_tenant.account, own_tenant.password)
    connection = await aio_pika.connect(url)
    remove = ["consumers", "remove", "--tenant", own_tenant.id, "--name", "reader"]
    before, _, after = await asyncio.to_thread(stack.priorbus_batch, ["consumers", "list"], remove, ["consumers", "list"])
    with pytest.raises(aio_pika.exceptions.CONNECTION_EXCEPTIONS):
        await until_ended(connection)
    with pytest.raises(aio_pika.exceptions.ProbableAuthenticationError):
        await aio_pika.connect(url)
    (listed,) = [account for account in before if account["account"] == own_tenant.account]
    assert (listed["tenant"], listed["routingKeys"], listed["stream"]) == (own_tenant.id, f"{own_tenant.id}.#", None)
    assert own_tenant.account not in {account["account"] for account in after}
