"""Acceptance cases about one command on its way: owner paused, killed in between, a message delivered twice (conventions.md 19)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.contracts.commands.requirements import CreateAuthorization
from priorbus.contracts.envelope import Envelope
from priorbus.devstack import cases as examples
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack, running_stack
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.styles import STYLES
from priorbus.runtime.bus.amqp import AmqpBus
from priorbus.runtime.clock import utc_now
from priorbus.runtime.ids import new_id

pytestmark = pytest.mark.timeout(420)

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def stack(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing) as running:
        yield running


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    async with Client(stack.base_url, stack.seed.api_key) as opened:
        yield opened


async def settled(client: Client, location: str) -> Any:
    async with asyncio.timeout(60):
        while (operation := (await client.succeed("GET", location)).json)["status"] == "pending":
            await asyncio.sleep(0.1)
    return operation


async def until_answered(client: Client, path: str, body: Any, **options: Any) -> Answer:
    """Repeat a request while its first one is still running."""
    async with asyncio.timeout(60):
        while (answer := await client.call("POST", path, body, **options)).status == 409 and answer.error_code == "idempotency_in_progress":
            await asyncio.sleep(0.1)
    return answer


async def test_conv_19_key_of_a_pending_write(stack: Stack, client: Client) -> None:
    """CONV-19"""
    case = await client.create()
    path = f"{AUTHORIZATIONS}/{case.json['id']}/cancel"
    options: dict[str, Any] = {"if_match": case.etag, "key": "cancel-19"}
    await asyncio.to_thread(stack.service("requirements").stop)
    accepted = await client.call("POST", path, {"reason": "moved"}, headers=ASYNC, **options)
    assert (accepted.status, accepted.headers["Preference-Applied"]) == (202, "respond-async")
    again = await client.call("POST", path, {"reason": "moved"}, headers=ASYNC, **options)
    assert (again.status, again.error_code, again.headers["Retry-After"]) == (409, "idempotency_in_progress", "1")
    assert again.json["error"]["details"] == {"operationId": accepted.json["id"]}
    other = await client.call("POST", path, {"reason": "other"}, headers=ASYNC, **options)
    assert (other.status, other.error_code) == (409, "idempotency_key_reused")
    await asyncio.to_thread(stack.service("requirements").start)
    assert (await settled(client, accepted.headers["Location"]))["status"] == "succeeded"
    replay = await until_answered(client, path, {"reason": "moved"}, headers=ASYNC, **options)
    assert (replay.status, replay.headers["Idempotency-Replayed"], replay.json["status"]) == (200, "true", "canceled")


async def test_conv_31_owner_killed_in_between(stack: Stack, client: Client) -> None:
    """CONV-31: at whatever moment, the write takes effect exactly once"""
    case = await client.create()
    path = f"{AUTHORIZATIONS}/{case.json['id']}/answers"
    for number, head_start in enumerate((0.0, 0.004, 0.02), start=1):
        body = examples.answers(examples.item("patient.firstName", examples.text(f"Ada {number}")))
        sending = asyncio.create_task(client.call("PATCH", path, body, if_match=f'"{number}"', headers=ASYNC))
        await asyncio.sleep(head_start)
        await asyncio.to_thread(stack.service("requirements").kill)
        accepted = await sending
        await asyncio.to_thread(stack.service("requirements").start)
        assert (await settled(client, accepted.headers["Location"]))["status"] == "succeeded"
        assert (await client.get(case.json["id"])).json["version"] == number + 1
    async with asyncio.timeout(30):
        while count(entries := await client.timeline(case.json["id"]), "answers_patched") < 3:
            await asyncio.sleep(0.1)
    assert count(entries, "answers_patched") == 3


def count(entries: list[Any], name: str) -> int:
    return [entry["type"] for entry in entries].count(f"authorization.{name}")


async def test_conv_53_one_command_delivered_twice(stack: Stack, client: Client) -> None:
    """CONV-53"""
    findings = Findings()
    case_id = new_id("auth")
    data = json.dumps({"authorization_id": case_id, "case": STYLES["B"].read_creation(examples.mri_create(), findings)}).encode()
    assert not findings.issues
    envelope = Envelope(new_id("cmd"), CreateAuthorization.wire_type, utc_now(), TENANT, {}, client="key_test")
    async with AmqpBus.connect(stack.settings["PRIORBUS_AMQP_URL"], "test") as bus, bus.requests() as requests:
        replies = [await requests.call(envelope, data, 10) for _ in range(2)]
    assert replies[0]["result"]["authorization"]["id"] == case_id
    assert replies[1]["result"] == replies[0]["result"]
    prefix = stack.settings["PRIORBUS_MONGO_DATABASE_PREFIX"]
    database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with database, asyncio.timeout(30):
        assert await database[f"{prefix}_requirements"]["journal"].count_documents({"_id": envelope.id}) == 1
        while not await database[f"{prefix}_gateway"]["timeline"].count_documents({"subject": f"{TENANT}/{case_id}"}):
            await asyncio.sleep(0.1)
    assert (await client.get(case_id)).json["version"] == 1
    assert count(await client.timeline(case_id), "created") == 1
