"""Twenty clients write while every process and server is killed or restarted in turn: nothing is lost, doubled or left open."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.devstack import cases as examples
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.stack import Stack, running_stack
from tests.faults.ledger import PersistentClient

FILE = {"fileName": "a.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
pytestmark = pytest.mark.timeout(420)
CLIENTS = 20
WAVES = (("gateway",), ("mongodb",), ("requirements", "projector", "fhir-pas", "storage", "rabbitmq"))
"""What dies, before each of them so many clients begin to write: a key whose write was under way in the gateway that died, or when the
database went, is taken for a minute, in which its client can do nothing else.
"""


@pytest.fixture(scope="module")
def stack(own_backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=own_backing) as running:
        yield running


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    async with Client(stack.base_url, stack.seed.api_key) as opened:
        yield opened


async def disturb(stack: Stack, name: str) -> None:
    """After a while of quiet, restart a server or kill a service."""
    await asyncio.sleep(1.5)
    servers = {"rabbitmq": stack.backing.rabbitmq, "mongodb": stack.backing.mongodb}
    if name in servers:
        await asyncio.to_thread(servers[name].restart)
        return
    await asyncio.to_thread(stack.service(name).kill)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(stack.service(name).start)


async def write_until(stop: asyncio.Event, writer: PersistentClient) -> None:
    """One writer: its own case, one changed answer after the other."""
    version = (await writer.open_case()).json["version"]
    number = 0
    while not stop.is_set():
        number += 1
        version = (await writer.patch(version, f"Value {number}")).json["version"]


async def run_under_disturbance(stack: Stack, client: Client) -> list[PersistentClient]:
    stop = asyncio.Event()
    writers: list[PersistentClient] = []
    async with asyncio.TaskGroup() as tasks:
        for victims in WAVES:
            for _ in range(CLIENTS):
                writers.append(PersistentClient(client))
                tasks.create_task(write_until(stop, writers[-1]))
            for name in victims:
                await disturb(stack, name)
        await asyncio.sleep(1.5)
        stop.set()
    return writers


async def missing_in_event_log(stack: Stack, versions: dict[str, int], within: float = 90) -> dict[str, set[int]]:
    """Versions per case that no event announces; waits until there are none, at most so many seconds."""
    prefix = stack.settings["PRIORBUS_MONGO_DATABASE_PREFIX"]
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    deadline = asyncio.get_running_loop().time() + within
    async with client:
        while True:
            missing = {case_id: set(range(1, version + 1)) for case_id, version in versions.items()}
            async for row in client[f"{prefix}_gateway"]["event_log"].find({}, {"events": 1}):
                data = json.loads(row["events"][0])["data"]
                missing.get(data.get("id"), set()).discard(data.get("version"))
            missing = {case_id: absent for case_id, absent in missing.items() if absent}
            if not missing or asyncio.get_running_loop().time() > deadline:
                return missing
            await asyncio.sleep(0.5)


async def test_no_write_is_lost_or_doubled(stack: Stack, client: Client) -> None:
    """Every accepted write is there exactly once, versions have no gap, every fact is projected, every operation is terminal."""
    writers = await run_under_disturbance(stack, client)
    cases = {writer.ledger.case_id: (await client.get(writer.ledger.case_id)).json for writer in writers}
    assert [writer.ledger.server_errors for writer in writers] == [[]] * len(writers)
    assert sum(len(writer.ledger.accepted) for writer in writers) > len(writers)
    for writer in writers:
        ledger = writer.ledger
        case = cases[ledger.case_id]
        answered = {item["linkId"]: item["answer"] for item in case["questionnaireResponse"]["item"]}
        assert case["version"] == 1 + len(ledger.accepted)
        assert answered["patient.middleName"] == [{"valueString": ledger.accepted[-1]}]
        for location in ledger.operations:
            assert (await client.succeed("GET", location)).json["status"] in {"succeeded", "failed"}
    assert await missing_in_event_log(stack, {case_id: case["version"] for case_id, case in cases.items()}) == {}
    for case_id, case in cases.items():
        entries = await client.timeline(case_id)
        assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
        assert Counter(entry["type"] for entry in entries)["authorization.answers_patched"] == case["version"] - 1


async def test_payer_submission_survives_kills(stack: Stack, client: Client) -> None:
    """AUTH-78 and beyond: cases on their way to the payer end once, although fhir-pas and requirements die in between."""
    advances = [await client.advance_case("SBX-APPROVE") for _ in range(5)]
    for advance in advances:
        await client.confirm(advance)
    for name in ("fhir-pas", "requirements", "projector"):
        await asyncio.to_thread(stack.service(name).kill)
        await asyncio.to_thread(stack.service(name).start)
    for advance in advances:
        case_id = advance.json["id"]
        assert (await client.until(case_id, "completed", seconds=60)).json["outcome"] == "approved"
        counted = Counter(entry["type"].removeprefix("authorization.") for entry in await client.timeline(case_id))
        assert (counted["submission_attempted"], counted["decision_recorded"], counted["completed"]) == (1, 1, 1)


async def pending(client: Client, accepted: Answer) -> str:
    """The address of the operation behind a 202, which is pending."""
    assert accepted.status == 202
    location = accepted.headers["Location"]
    operation = await client.succeed("GET", location)
    assert (operation.json["status"], operation.headers["Retry-After"], operation.json["completedAt"]) == ("pending", "1", None)
    return location


async def succeeded(client: Client, location: str) -> None:
    """Wait until an operation has succeeded; its resource can be read by then."""
    async with asyncio.timeout(60):
        while (operation := (await client.succeed("GET", location)).json)["status"] == "pending":
            await asyncio.sleep(0.1)
    assert (operation["status"], operation["error"]) == ("succeeded", None)
    assert (await client.call("GET", operation["resource"]["href"])).status == 200


async def test_conv_28_slow_owner(stack: Stack, client: Client) -> None:
    """CONV-28: the owner is away past the reply deadline."""
    await asyncio.to_thread(stack.service("requirements").stop)
    try:
        accepted = await client.call("POST", AUTHORIZATIONS, examples.mri_create())
        assert "Preference-Applied" not in accepted.headers
        location = await pending(client, accepted)
    finally:
        await asyncio.to_thread(stack.service("requirements").start)
    await succeeded(client, location)


async def test_conv_32_gateway_dies_after_its_202(stack: Stack, client: Client) -> None:
    """CONV-32: another process of the gateway ends the operation."""
    await asyncio.to_thread(stack.service("requirements").stop)
    location = await pending(client, await client.call("POST", AUTHORIZATIONS, examples.mri_create(), headers={"Prefer": "respond-async"}))
    await asyncio.to_thread(stack.service("gateway").kill)
    await asyncio.to_thread(stack.service("gateway").start)
    await asyncio.to_thread(stack.service("requirements").start)
    await succeeded(client, location)


async def test_conv_33_broker_away(stack: Stack, client: Client) -> None:
    """CONV-33: reads work, a write is kept for later or refused with 503, nothing is half done."""
    case = await client.create()
    await asyncio.to_thread(stack.backing.rabbitmq.stop)
    try:
        assert (await client.get(case.json["id"])).json == case.json
        path = f"/v1/prior-auth/authorizations/{case.json['id']}/answers"
        write = await client.call(
            "PATCH", path, examples.answers(examples.item("patient.firstName", examples.text("Ada"))), if_match=case.etag
        )
        assert write.status in {202, 503}
        assert "Retry-After" in write.headers
    finally:
        await asyncio.to_thread(stack.backing.rabbitmq.start)
    expected = 2 if write.status == 202 else 1
    async with asyncio.timeout(60):
        while (await client.get(case.json["id"])).json["version"] != expected:
            await asyncio.sleep(0.1)


async def test_auth_89_object_store_away(stack: Stack, client: Client) -> None:
    """AUTH-89: create and complete answer 503, the file is unchanged and works after the restart."""
    created = (await client.succeed("POST", "/v1/files", FILE)).json
    await client.succeed("PUT", created["upload"]["url"], b"%PDF-1.4 test", headers=created["upload"]["headers"])
    path = f"/v1/files/{created['file']['id']}"
    await asyncio.to_thread(stack.backing.object_store.stop)
    try:
        for away in (await client.call("POST", f"{path}/complete"), await client.call("POST", "/v1/files", FILE)):
            assert (away.status, away.error_code) == (503, "storage_unavailable")
            assert away.json["error"]["retryable"] is True
            assert "Retry-After" in away.headers
        assert (await client.succeed("GET", path)).json["status"] == "pending_upload"
    finally:
        await asyncio.to_thread(stack.backing.object_store.start)
    completed = await client.succeed("POST", f"{path}/complete")
    if completed.status == 202:  # a store that has just started may take long over its first object
        await succeeded(client, completed.headers["Location"])
    assert (await client.succeed("GET", path)).json["status"] == "ready"


async def test_object_store_killed_while_files_are_completed(stack: Stack, client: Client) -> None:
    """Every completion is answered for good or with 503, and repeated it ends well; whatever is ready has its bytes."""
    contents = {}
    for number in range(12):
        created = (await client.succeed("POST", "/v1/files", FILE)).json
        content = examples.pdf(200_000 + number)
        await client.succeed("PUT", created["upload"]["url"], content, headers=created["upload"]["headers"])
        contents[created["file"]["id"]] = content

    async def finish(file_id: str) -> None:
        async with asyncio.timeout(120):
            while (answer := await client.call("POST", f"/v1/files/{file_id}/complete")).status != 200:
                assert answer.status == 202 or (answer.status, answer.error_code) == (503, "storage_unavailable")
                await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as tasks:
        for file_id in contents:
            tasks.create_task(finish(file_id))
        await asyncio.to_thread(stack.backing.object_store.kill)
        await asyncio.to_thread(stack.backing.object_store.start)
    for file_id, content in contents.items():
        file = (await client.succeed("GET", f"/v1/files/{file_id}")).json
        assert (file["status"], file["sizeBytes"]) == ("ready", len(content))
        assert (await client.call("GET", file["downloadUrl"])).body == content


async def test_database_away(stack: Stack, client: Client) -> None:
    """Conventions 8.3: 503 service_unavailable with Retry-After while MongoDB is away; everything works again afterwards."""
    case = await client.create()
    await asyncio.to_thread(stack.backing.mongodb.stop)
    try:
        away = await client.call("GET", f"/v1/prior-auth/authorizations/{case.json['id']}")
        assert (away.status, away.error_code) == (503, "service_unavailable")
        assert "Retry-After" in away.headers
    finally:
        await asyncio.to_thread(stack.backing.mongodb.start)
    async with asyncio.timeout(60):
        while (await client.call("GET", f"/v1/prior-auth/authorizations/{case.json['id']}")).status != 200:
            await asyncio.sleep(0.2)
