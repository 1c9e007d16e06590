"""Acceptance cases that need a stack of their own: another catalogue, other settings, paused and killed services (authorizations.md 16)."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aio_pika
import pytest

from priorbus.devstack import cases
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.service import Service
from priorbus.devstack.stack import Stack, running_stack

pytestmark = pytest.mark.timeout(420)
REQUIREMENTS_COMMANDS = "priorbus.requirements.commands"


@pytest.fixture(scope="module")
def own(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing) as running:
        yield running


@pytest.fixture
async def client(own: Stack) -> AsyncIterator[Client]:
    async with Client(own.base_url, own.seed.api_key) as opened:
        yield opened


@contextmanager
def settings(service: Service, **changes: str) -> Iterator[None]:
    """The service with other settings for the length of the block."""
    service.stop()
    replace(service, env={**service.env, **{f"PRIORBUS_{name.upper()}": value for name, value in changes.items()}}).start()
    try:
        yield
    finally:
        service.restart()


@contextmanager
def paused(service: Service) -> Iterator[None]:
    """The service's process stands still for the length of the block."""
    process = service.process()
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


async def types(client: Client, case: Answer) -> list[str]:
    return [entry["type"].removeprefix("authorization.") for entry in await client.timeline(case.json["id"])]


async def until_told(client: Client, case: Answer, wanted: Callable[[list[str]], bool]) -> list[str]:
    """The timeline's types once they are as wanted."""
    async with asyncio.timeout(20):
        while not wanted(seen := await types(client, case)):
            await asyncio.sleep(0.05)
    return seen


async def approve_case(client: Client, member_id: str = "SBX-APPROVE") -> Answer:
    case = await client.confirm(await client.advance_case(member_id, "requires_confirmation"))
    return await client.until(case.json["id"], "requires_confirmation:approve_submission")


async def cancel(client: Client, case: Answer) -> Answer:
    return await client.succeed("POST", f"{AUTHORIZATIONS}/{case.json['id']}/cancel", {}, if_match=case.etag)


@pytest.fixture
def short_review(own: Stack) -> Iterator[None]:
    with settings(own.service("requirements"), review_ttl_seconds="2", safety_gate="true"):
        yield


@pytest.mark.usefixtures("short_review")
async def test_auth_61_auth_71_review_expires_and_safety_gate_stops(client: Client) -> None:
    """AUTH-61 and AUTH-71"""
    case = await client.confirm(await client.advance_case(policy="automatic"))
    review = await client.until(case.json["id"], "requires_confirmation:approve_submission")
    old = {"nextActionId": review.json["nextAction"]["id"]}
    assert review.json["nextAction"]["expiresAt"]
    expired = await client.until(case.json["id"], "requires_confirmation:advance_case")
    assert expired.json["nextAction"]["id"] != old["nextActionId"]
    assert expired.json["submission"]["reviewSnapshot"]["status"] == "stale"
    refused = await client.call("POST", f"{AUTHORIZATIONS}/{case.json['id']}/confirm", old, if_match=expired.etag)
    assert (refused.status, refused.error_code) == (409, "next_action_mismatch")
    seen = await until_told(client, case, lambda told: "next_action_expired" in told)
    assert "submission_attempted" not in seen


async def test_auth_74_cancel_while_fhir_pas_is_paused(own: Stack, client: Client) -> None:
    """AUTH-74, canceled before the preparation and before the permit"""
    advance, approve = await client.advance_case(), await approve_case(client)
    with paused(own.service("fhir-pas")):
        preparing, submitting = await client.confirm(advance), await client.confirm(approve)
        assert [case.json["status"] for case in (preparing, submitting)] == ["processing", "processing"]
        ended = [await cancel(client, case) for case in (preparing, submitting)]
    for case in ended:
        # the late worker result is noted: fhir-pas has done its part, in vain
        seen = await until_told(client, case, lambda told: "worker_result_ignored" in told)
        assert "submission_attempted" not in seen
        assert (await client.get(case.json["id"])).json["status"] == "canceled"


async def test_auth_78_fhir_pas_dies_between_permit_and_receipt(own: Stack, client: Client) -> None:
    """AUTH-78"""
    fhir_pas, requirements = own.service("fhir-pas"), own.service("requirements")
    case = await approve_case(client)
    await asyncio.to_thread(fhir_pas.stop)
    await client.confirm(case)
    await asyncio.to_thread(requirements.stop)
    await asyncio.to_thread(fhir_pas.start)
    await until_waiting(own, REQUIREMENTS_COMMANDS)
    await asyncio.to_thread(fhir_pas.kill)
    await asyncio.to_thread(requirements.start)
    await until_told(client, case, lambda told: "submission_attempted" in told)
    assert (await client.get(case.json["id"])).json["status"] == "processing"
    await asyncio.to_thread(fhir_pas.start)
    done = (await client.until(case.json["id"], "completed")).json
    assert done["outcome"] == "approved"
    first_attempt = hashlib.sha256(f"{case.json['id']}:1".encode()).hexdigest()[:12]
    assert done["submission"]["payerReceipt"]["referenceNumber"] == f"SBX-{first_attempt}"
    seen = await until_told(client, case, lambda told: "completed" in told)
    assert (seen.count("submission_attempted"), seen.count("payer_receipt_recorded")) == (1, 1)


async def until_waiting(stack: Stack, queue: str) -> None:
    """Wait until a message lies in a queue that nobody consumes."""
    async with await aio_pika.connect(stack.settings["PRIORBUS_AMQP_URL"]) as connection, asyncio.timeout(20):
        channel = await connection.channel()
        while not (await channel.declare_queue(queue, passive=True)).declaration_result.message_count:
            await asyncio.sleep(0.05)


async def test_auth_116_the_sandbox_is_off(own: Stack, client: Client) -> None:
    """AUTH-116"""
    case = await client.create()
    event = {"type": "receipt"}
    paths = [f"/v1/sandbox/{root}/{case.json['id']}/payer-events" for root in ("prior-auth/authorizations", "prior-authorizations")]
    with settings(own.service("gateway"), sandbox_payer="false"):
        answers = [await client.call("GET", f"/v1/sandbox/scenarios{part}") for part in ("", "/hold", "/nope")]
        answers += [await client.call("POST", path, body) for path in paths for body in (event, b"{")]
    assert {(answer.status, answer.error_code) for answer in answers} == {(404, "not_found")}
    assert (await client.call("GET", "/v1/sandbox/scenarios")).status == 200


def catalog(own: Stack, command: str, folder: Path) -> tuple[int, Any]:
    """`priorbus catalog` with the templates of a folder: exit code and answer."""
    run = [sys.executable, "-m", "priorbus.runtime.cli", "catalog", command, "--templates", str(folder), "--json"]
    done = subprocess.run(run, env={**os.environ, **own.settings}, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def write_template(folder: Path, name: str, *items: dict[str, Any], repeats: bool = False, version: int = 1) -> Path:
    """A template of its own service code in a folder of its own; `items` are filled up to whole ones."""
    group = {
        "id": "q.group",
        "title": "Group",
        "items": [{"text": "Text", "answerType": "string", **item} for item in items],
        **({"repeats": True, "maxOccurs": 2} if repeats else {}),
    }
    match = {"payerIds": ["*"], "states": ["*"], "serviceType": "outpatient", "serviceCodes": [{"system": "cpt", "code": "99999"}]}
    folder.mkdir(exist_ok=True)
    template = {"templateId": name, "version": version, "title": "Title", "match": match, "groups": [group]}
    (folder / f"{name}.json").write_text(json.dumps(template))
    return folder


def needs(link_id: str, **comparison: Any) -> dict[str, Any]:
    return {"requiredWhen": {"linkId": link_id, "op": "exists", **comparison}}


def test_auth_113_lint_finds_every_defect(own: Stack, tmp_path: Path) -> None:
    """AUTH-113"""
    write_template(tmp_path, "cycle", {"linkId": "q.a", **needs("q.b")}, {"linkId": "q.b", **needs("q.a")})
    write_template(tmp_path, "numeric", {"linkId": "q.1.a"})
    write_template(tmp_path, "unknown", {"linkId": "q.a", **needs("q.b")})
    write_template(tmp_path, "operand", {"linkId": "q.a"}, {"linkId": "q.b", **needs("q.a", op="gt", value=1)})
    write_template(tmp_path, "twice", {"linkId": "q.a"}, {"linkId": "q.a"})
    write_template(tmp_path, "default", {"linkId": "q.group.a", "defaultValue": {"valueString": "x"}}, repeats=True)
    for file in tmp_path.iterdir():
        template = json.loads(file.read_text())
        template["match"]["serviceCodes"][0]["code"] = file.stem
        file.write_text(json.dumps(template))
    exit_code, answer = catalog(own, "lint", tmp_path)
    assert exit_code == 1
    assert sorted((finding["source"], finding["code"]) for finding in answer["findings"]) == [
        ("cycle@1", "cycle"),
        ("default@1", "default_in_repeating_group"),
        ("numeric@1", "malformed_link_id"),
        ("operand@1", "operand_type"),
        ("twice@1", "duplicate_link_id"),
        ("unknown@1", "unknown_operand"),
    ]


async def test_auth_114_a_new_template_version(own: Stack, client: Client, tmp_path: Path) -> None:
    """AUTH-114"""
    selection = dict(cases.mri_create()["templateSelection"], serviceCode="99999")

    async def load(name: str, *items: dict[str, Any], version: int) -> tuple[int, Any]:
        return await asyncio.to_thread(catalog, own, "load", write_template(tmp_path / name, "growing", *items, version=version))

    async def questions(case: Answer) -> list[str]:
        shown = (await client.get(case.json["id"])).json
        return [item["linkId"] for group in shown["questionnaire"] for item in group["items"]]

    first, second = {"linkId": "q.first"}, {"linkId": "q.second", "required": True}
    assert (await load("one", first, version=1))[1]["templates"] == ["growing@1"]
    async with asyncio.timeout(10):
        while (old := await client.call("POST", AUTHORIZATIONS, cases.mri_create(templateSelection=selection))).status != 201:
            await asyncio.sleep(0.05)
    assert (await load("two", first, second, version=2))[1]["templates"] == ["growing@2"]
    async with asyncio.timeout(10):
        while len(await questions(new := await client.create(cases.mri_create(templateSelection=selection)))) == 1:
            await asyncio.sleep(0.05)
    assert await questions(new) == ["q.first", "q.second"]
    assert await questions(old) == ["q.first"]
    answered = await client.patch(old.json["id"], old.etag, cases.item("q.first", cases.text("still here")))
    assert answered.json["requirements"]["questions"] == []
    exit_code, answer = await load("changed", second, version=1)
    assert (exit_code, [finding["code"] for finding in answer["findings"]]) == (1, ["content_changed"])
    assert await questions(old) == ["q.first"]


async def test_a_case_that_makes_no_valid_request_ends_in_sight(own: Stack, client: Client, tmp_path: Path) -> None:
    """P8: a template that asks for no patient, so that the preparation can not succeed."""
    folder = write_template(tmp_path / "unfit", "unfit", {"linkId": "q.only"})
    file = folder / "unfit.json"
    file.write_text(file.read_text().replace("99999", "99998"))
    assert (await asyncio.to_thread(catalog, own, "load", folder))[0] == 0
    body = cases.mri_create(templateSelection=dict(cases.mri_create()["templateSelection"], serviceCode="99998"))
    async with asyncio.timeout(10):
        while (case := await client.call("POST", AUTHORIZATIONS, body)).status != 201:
            await asyncio.sleep(0.05)
    await client.confirm(case)
    ended = (await client.until(case.json["id"], "completed")).json
    assert (ended["outcome"], ended["failure"]["code"]) == ("failed", "processing_failed")
    assert "decision" not in ended["submission"]
    seen = await until_told(client, case, lambda told: "completed" in told)
    assert "submission_attempted" not in seen
    (end,) = [entry for entry in await client.timeline(case.json["id"]) if entry["type"] == "authorization.completed"]
    assert end["actor"] == "system"
