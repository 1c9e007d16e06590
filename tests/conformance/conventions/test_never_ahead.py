"""15.8: while many write at several gateways, no channel tells of a state before every gateway shows it (Conventions 10.4)."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import Client
from priorbus.devstack.event_stream import EventStreamReader, event_stream
from priorbus.devstack.receiver import Received, Reply, receiver
from priorbus.devstack.stack import Stack
from tests.conformance.conventions.conftest import OwnTenant
from tests.conformance.conventions.public_channels import Subscriber, account_url, subscribed

WRITERS = 12
TURNS = 25
CHANNELS = ("webhooks", "exchange", "server-sent events", "list")
AT_ONCE = 4
"""Looks of a channel under way; what comes meanwhile is not looked at, because it would be looked at late."""
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


class Witness:
    """Reads what an event announces, at every gateway, as soon as it is heard of."""

    def __init__(self, readers: list[Client]) -> None:
        self._readers = readers
        self._busy = Counter[str]()
        self.looked = Counter[str]()
        self.early = list[Any]()

    def hears(self, channel: str, data: Any) -> Awaitable[None] | None:
        """What an event's data announces; None where it is no authorization, or enough is looked at already."""
        if "statusC" not in data or self._busy[channel] >= AT_ONCE:
            return None
        self._busy[channel] += 1
        return self._look(channel, data)

    async def _look(self, channel: str, data: Any) -> None:
        shown = await asyncio.gather(*(reader.get(data["id"]) for reader in self._readers))
        self._busy[channel] -= 1
        self.looked[channel] += 1
        versions = [case.json["version"] for case in shown]
        if min(versions) < data["version"]:
            self.early.append((channel, data, versions))


async def live(writer: Client, number: int) -> None:
    """One case, one changed answer after the other."""
    case = await writer.create(cases.mri_create(questionnaireResponse={"item": cases.full_answers()}))
    for turn in range(TURNS):
        case = await writer.patch(case.json["id"], case.etag, cases.item("patient.middleName", cases.text(f"Turn {number} {turn}")))


async def follow_stream(stream: EventStreamReader, witness: Witness, tasks: asyncio.TaskGroup) -> None:
    while (frame := await stream.next()) is not None:
        if frame.data is not None:
            note(witness.hears("server-sent events", json.loads(frame.data)["data"]), tasks)


async def follow_queue(subscriber: Subscriber, witness: Witness, tasks: asyncio.TaskGroup) -> None:
    seen = 0
    while True:
        for message in subscriber.messages[seen:]:
            note(witness.hears("exchange", json.loads(message.body)["data"]), tasks)
        seen = len(subscriber.messages)
        await asyncio.sleep(0.005)


async def follow_list(reader: Client, witness: Witness, tasks: asyncio.TaskGroup) -> None:
    position = "0"
    while True:
        for event in (await reader.succeed("GET", f"/v1/events?limit=100&after={position}")).json["data"]:
            position = event["position"]
            note(witness.hears("list", event["data"]), tasks)
        await asyncio.sleep(0.02)


def note(look: Any, tasks: asyncio.TaskGroup) -> None:
    if look is not None:
        tasks.create_task(look)


async def test_nothing_is_told_before_it_can_be_read(stack: Stack, own_tenant: OwnTenant, lonely: Client) -> None:
    """15.8, on all four channels"""
    readers = [Client(gateway.base_url, own_tenant.key) for gateway in stack.gateways]
    witness = Witness(readers)
    url = account_url(stack, own_tenant.account, own_tenant.password)

    async def look(request: Received) -> Reply:
        looking = witness.hears("webhooks", request.json["data"])
        if looking is not None:
            await looking
        return Reply()

    async with (
        readers[0],
        readers[1],
        receiver(look) as hook,
        subscribed(url, f"pub.{own_tenant.id}.witness", f"{own_tenant.id}.#") as subscriber,
        event_stream(stack.gateways[1].base_url, own_tenant.key) as stream,
        asyncio.TaskGroup() as tasks,
    ):
        await lonely.succeed("POST", "/v1/webhook-endpoints", {"url": hook.url})
        following = [
            tasks.create_task(follow_stream(stream, witness, tasks)),
            tasks.create_task(follow_queue(subscriber, witness, tasks)),
            tasks.create_task(follow_list(readers[0], witness, tasks)),
        ]
        await asyncio.gather(*(live(readers[number % 2], number) for number in range(WRITERS)))
        await subscriber.until("authorization.answers_patched")
        for one in following:
            one.cancel()
    assert witness.early == []
    assert all(witness.looked[channel] > TURNS for channel in CHANNELS), witness.looked
