"""Notifications while fhir-pas or the receiver dies: the same number again, no number left out, none out of order (fhir-pas.md 14.3)."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from priorbus.devstack.backing import Backing
from priorbus.devstack.client import Client
from priorbus.devstack.fhir_cases import CLINIC_NPI, NPI, claim_bundle, subscription
from priorbus.devstack.notification_receiver import Receiver, receiver
from priorbus.devstack.stack import Stack, running_stack

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]
URL = "/fhir/Subscription"
_names = itertools.count(1)


@pytest.fixture(scope="module")
def stack(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing) as running:
        yield running


@dataclass(frozen=True)
class Clinic:
    """A client with an active Subscription, and the operator of its tenant."""

    client: Client
    operator: Client
    subscription: str

    async def pended(self) -> str:
        """The id of a new ClaimResponse that waits for the operator."""
        answer = await self.client.succeed("POST", "/fhir/Claim/$submit", claim_bundle(f"notified-{next(_names)}"))
        id_: str = answer.json["entry"][0]["resource"]["id"]
        return id_

    async def finalise(self, claim_response_id: str) -> None:
        """Until it took effect; 409 is how a repetition learns that it did."""
        async with asyncio.timeout(120):
            while (await self.operator.call("POST", f"/admin/pas/ClaimResponse/{claim_response_id}/finalise")).status not in (200, 409):
                await asyncio.sleep(0.2)


@pytest.fixture
async def ehr() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def clinic(stack: Stack, ehr: Receiver) -> AsyncIterator[Clinic]:
    tenant = f"t_{secrets.token_hex(6)}"
    _, key, token = await asyncio.to_thread(
        stack.priorbus_batch,
        ["tenants", "create", tenant],
        ["keys", "create", "--tenant", tenant, "--name", "op", "--scope", "ops/pas.finalise"],
        ["fhir", "token", "--tenant", tenant, "--client", "clinic", "--identifier", f"{NPI}|{CLINIC_NPI}"],
    )
    async with AsyncExitStack() as opened:
        client, operator = [
            await opened.enter_async_context(Client(stack.base_url, credential)) for credential in (token["access_token"], key["key"])
        ]
        made = (await client.succeed("POST", URL, subscription(ehr.url))).json
        await ehr.next()
        async with asyncio.timeout(60):
            while (await client.succeed("GET", f"{URL}/{made['id']}")).json["status"] != "active":
                await asyncio.sleep(0.1)
        yield Clinic(client, operator, made["id"])


def number(body: Any) -> int:
    """The event number of a notification, 0 for a handshake."""
    parts = [part for one in body["entry"][0]["resource"]["parameter"] for part in one.get("part", ())]
    return next((int(part["valueString"]) for part in parts if part["name"] == "event-number"), 0)


async def test_killed_between_the_delivery_and_its_record(stack: Stack, clinic: Clinic, ehr: Receiver) -> None:
    ehr.hush()
    await clinic.finalise(await clinic.pended())
    first = await ehr.next()
    await asyncio.to_thread(stack.service("fhir-pas").kill)
    ehr.speak()
    await asyncio.to_thread(stack.service("fhir-pas").start)
    again = await ehr.next(60)
    assert number(first.json) == number(again.json) == 1
    assert first.json["entry"] == again.json["entry"]
    await clinic.finalise(await clinic.pended())
    assert number((await ehr.next(60)).json) == 2


@pytest.mark.long
async def test_killed_again_and_again(stack: Stack, clinic: Clinic, ehr: Receiver) -> None:
    """Whenever fhir-pas dies, and though the receiver fails now and then, every number arrives, for the first time in order."""
    responses = [await clinic.pended() for _ in range(6)]
    ehr.answers.extend([500, 200, 503])

    async def kill() -> None:
        for _ in range(2):
            await ehr.next(60)
            await asyncio.to_thread(stack.service("fhir-pas").kill)
            await asyncio.to_thread(stack.service("fhir-pas").start)

    killing = asyncio.create_task(kill())
    for response in responses:
        await clinic.finalise(response)
    await killing
    async with asyncio.timeout(120):
        while set(range(1, 7)) - {number(one.json) for one in ehr.calls if one.status == 200}:
            await asyncio.sleep(0.2)
    arrived = [number(one.json) for one in ehr.calls if number(one.json)]
    assert list(dict.fromkeys(arrived)) == [1, 2, 3, 4, 5, 6]
    assert arrived == sorted(arrived)
    events = (await clinic.client.succeed("GET", f"{URL}/{clinic.subscription}/$events")).json
    told = [one["fullUrl"] for one in events["entry"][1:]]
    assert len(told) == len(set(told)) == 6


async def test_a_receiver_that_dies_gets_all_of_it_when_it_is_back(clinic: Clinic, ehr: Receiver) -> None:
    port = urlsplit(ehr.url).port or 0
    await ehr.die()
    responses = [await clinic.pended() for _ in range(2)]
    for response in responses:
        await clinic.finalise(response)
    async with receiver(port) as back:
        numbers = [number((await back.next(60)).json) for _ in responses]
    assert numbers == [1, 2]
