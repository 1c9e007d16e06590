"""`$submit`, and cases of the REST API, while fhir-pas dies; a second tenant is the remote payer: one Claim, one exchange, one answer."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.devstack.backing import Backing
from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.client import Answer, Client
from priorbus.devstack.fhir_cases import claim_bundle
from priorbus.devstack.pas import PAS_2_2
from priorbus.devstack.remote_payer import Partners, partners
from priorbus.devstack.stack import Stack, running_stack
from tests.faults.gate import Gate, Moment, gate

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]
SUBMIT = "/fhir/Claim/$submit"
_names = itertools.count(1)


@pytest.fixture(scope="module")
def stack(own_backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=own_backing) as running:
        yield running


@dataclass(frozen=True)
class Scene:
    """Who sends, who decides, and the gate between them."""

    stack: Stack
    made: Partners
    ehr: Client
    payer: Client
    way: Gate

    async def restart(self) -> None:
        """Kill fhir-pas on the spot, and start it again."""
        await asyncio.to_thread(self.stack.service("fhir-pas").kill)
        self.way.let_go()
        await asyncio.to_thread(self.stack.service("fhir-pas").start)


@pytest.fixture
async def scene(stack: Stack, tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as opened:
        way = await opened.enter_async_context(gate(stack.base_url))
        made = await asyncio.to_thread(partners, stack, tmp_path, "/fhir", origin=way.url)
        ehr, payer = [await opened.enter_async_context(Client(stack.base_url, one)) for one in (made.provider_token, made.payer_token)]
        yield Scene(stack, made, ehr, payer, way)


async def until_answered(client: Client, bundle: Any) -> Answer:
    """Send again what was answered 503, as clients are told to."""
    async with asyncio.timeout(120):
        while (answer := await client.call("POST", SUBMIT, bundle)).status != 200:
            assert answer.status == 503
            await asyncio.sleep(0.2)
    return answer


async def total(client: Client, kind: str, base: str = "/fhir") -> int:
    return int((await client.succeed("GET", f"{base}/{kind}")).json["total"])


async def happened_once(scene: Scene, answer: Answer) -> None:
    """One Claim and one ClaimResponse on either side, and the number is the payer's."""
    counts = [await total(client, kind) for client in (scene.ehr, scene.payer) for kind in ("Claim", "ClaimResponse")]
    assert counts == [1, 1, 1, 1]
    (theirs,) = (await scene.payer.succeed("GET", "/fhir/ClaimResponse")).json["entry"]
    shown = answer.json["entry"][0]["resource"]
    adjudications = [one["item"][0]["adjudication"][0]["extension"] for one in (shown, theirs["resource"])]
    assert adjudications[0] == adjudications[1]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_case_is_one_claim_although_its_sender_dies(stack: Stack, tmp_path: Path, moment: Moment) -> None:
    """fhir-pas.md 24: after its Claim is persisted, before or after the payer has got it"""
    async with gate(stack.base_url) as way:
        made = await asyncio.to_thread(partners, stack, tmp_path, PAS_2_2, origin=way.url)
        async with Client(stack.base_url, made.api_key) as api, Client(stack.base_url, made.payer_token) as payer:
            await api.succeed("POST", "/v1/providers", {"npi": PROVIDER_NPI, "displayName": "Example Clinic"})
            advance = await api.advance_case("SBX-APPROVE")
            way.watch("$submit", (1, moment))
            await api.confirm(advance)
            await way.reached()
            await asyncio.to_thread(stack.service("fhir-pas").kill)
            way.let_go()
            await asyncio.to_thread(stack.service("fhir-pas").start)
            case = (await api.until(advance.json["id"], "completed", seconds=120)).json
            assert case["outcome"] == "approved"
            assert [await total(payer, kind, PAS_2_2) for kind in ("Claim", "ClaimResponse")] == [1, 1]
            counted = Counter(entry["type"].removeprefix("authorization.") for entry in await api.timeline(advance.json["id"]))
            assert (counted["submission_attempted"], counted["decision_recorded"], counted["completed"]) == (1, 1, 1)
    prefix = stack.settings["PRIORBUS_MONGO_DATABASE_PREFIX"]
    database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with database:
        kept = database[f"{prefix}_fhir_pas"]["resources"]
        assert [await kept.count_documents({"tenant": made.provider, "type": kind}) for kind in ("Claim", "ClaimResponse")] == [1, 1]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_the_payer_is_asked(scene: Scene, moment: Moment) -> None:
    """After the request is persisted: the payer has not got it yet, or has decided it and nobody here knows."""
    bundle = claim_bundle(f"killed-{next(_names)}", "PB001")
    scene.way.watch("$submit", (1, moment))
    sending = asyncio.create_task(scene.ehr.call("POST", SUBMIT, bundle))
    await scene.way.reached()
    await scene.restart()
    assert (await sending).status in {200, 503}
    await happened_once(scene, await until_answered(scene.ehr, bundle))


async def test_killed_at_any_moment(scene: Scene) -> None:
    """From the arrival of the request to the reply."""
    bundle = claim_bundle(f"killed-{next(_names)}", "PB001")
    for head_start in (0.01, 0.05, 0.1):
        sending = asyncio.create_task(scene.ehr.call("POST", SUBMIT, bundle))
        await asyncio.sleep(head_start)
        await scene.restart()
        assert (await sending).status in {200, 503}
    await happened_once(scene, await until_answered(scene.ehr, bundle))


async def test_fhir_134_what_nobody_waits_for_is_decided_and_told(scene: Scene) -> None:
    """FHIR-134: fhir-pas is away longer than the client waits"""
    bundle = claim_bundle(f"left-{next(_names)}", "PB001")
    scene.way.watch("$submit", (1, "before"))
    sending = asyncio.create_task(scene.ehr.call("POST", SUBMIT, bundle))
    await scene.way.reached()
    await asyncio.to_thread(scene.stack.service("fhir-pas").kill)
    assert (await sending).status == 503
    scene.way.let_go()
    await asyncio.to_thread(scene.stack.service("fhir-pas").start)
    async with asyncio.timeout(60):
        while not await total(scene.ehr, "ClaimResponse"):
            await asyncio.sleep(0.2)
        prefix = scene.stack.settings["PRIORBUS_MONGO_DATABASE_PREFIX"]
        database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(scene.stack.backing.mongo_url)
        async with database:
            while not await database[f"{prefix}_fhir_pas"]["response_changes"].count_documents(
                {"tenant": scene.made.provider, "told": True}
            ):
                await asyncio.sleep(0.2)
    await happened_once(scene, await until_answered(scene.ehr, bundle))


async def test_fhir_135_the_broker_goes_while_the_payer_decides(scene: Scene) -> None:
    """FHIR-135: the answer is recorded, and its event published once the broker is back"""
    bundle = claim_bundle(f"broker-{next(_names)}", "PB001")
    scene.way.watch("$submit", (1, "after"))
    sending = asyncio.create_task(scene.ehr.call("POST", SUBMIT, bundle))
    await scene.way.reached()
    await asyncio.to_thread(scene.stack.backing.rabbitmq.stop)
    scene.way.let_go()
    assert (await sending).status == 503
    await asyncio.to_thread(scene.stack.backing.rabbitmq.start)
    answer = await until_answered(scene.ehr, bundle)
    await happened_once(scene, answer)
    claim_response = answer.json["entry"][0]["resource"]["id"]
    async with Client(scene.stack.base_url, scene.made.api_key) as api, asyncio.timeout(60):
        while claim_response not in (await api.succeed("GET", "/v1/events?limit=100")).body.decode():
            await asyncio.sleep(0.2)
