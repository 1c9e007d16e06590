"""What the services log while they work and while they fail (Conventions 15.2, 15.7)."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.stack import Stack

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACED = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
SECRETS = ("Ada", "Probe", "1 Test Way", "Fresno", "93701", "G43.909", "Ozymandias", "clinical-note", "Most recent visit note")
"""Answers, names and texts of this test's fixtures."""
TOLD = re.compile("|".join(rf"(?<![0-9A-Za-z]){re.escape(secret)}(?![0-9A-Za-z])" for secret in SECRETS))
"""Not inside a longer word: a fraction of a second holds every number at some time."""
STACK_TRACE = re.compile(r"Traceback|File \\?\"|, line \d+|\"stack\"")
CLASS_NAME = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Failure|Timeout)\b|<class|object at 0x")
CREDENTIAL = re.compile(r"pb_(?:test|live)_|Bearer |X-Amz-|Signature=|amqps?://|mongodb://|whsec_")


@pytest.fixture
async def eventful(stack: Stack, api: Client) -> Answer:
    """A case with everything that must not be told, after good and bad requests."""
    answers = [*cases.full_answers("SBX-APPROVE-NOW"), cases.item("patient.middleName", cases.text("Ozymandias"))]
    case = await api.create(cases.mri_create(questionnaireResponse={"item": answers}))
    case = await api.attach(case.json["id"], case.etag, await api.ready_file(), headers=TRACED)
    path = f"{AUTHORIZATIONS}/{case.json['id']}"
    wrong = cases.answers(cases.item("patient.dateOfBirth", cases.text("Ozymandias")))
    bad: list[Any] = [b'{"Ozymandias":', {"Ozymandias": 1}, wrong, cases.answers(cases.item("Ozymandias", cases.text("Fresno")))]
    for body in bad:
        assert (await api.call("PATCH", f"{path}/answers", body, if_match=case.etag)).status == 400
    await api.call("GET", "/v1/Ozymandias?Ozymandias=Fresno")
    async with Client(stack.base_url, stack.seed.api_key + "x") as stranger:
        assert (await stranger.call("GET", path)).status == 401
    await api.confirm(case)
    return await api.until(case.json["id"], "completed")


def lines(stack: Stack) -> Iterator[str]:
    for service in stack.services:
        yield from service.log.read_text().splitlines()


async def request_lines(stack: Stack, request_id: str) -> list[Any]:
    """The lines that a request has caused, once the gateway's own is there."""
    async with asyncio.timeout(10):
        while True:
            found = [json.loads(line) for line in lines(stack) if request_id in line]
            if any(line["event"] == "request" for line in found):
                return found
            await asyncio.sleep(0.1)


async def test_no_line_holds_an_answer_a_credential_a_class_or_a_stack_trace(stack: Stack, eventful: Answer) -> None:
    """15.2, 15.7: over everything that was logged since the stack was started."""
    await request_lines(stack, eventful.headers["X-Request-Id"])
    for line in lines(stack):
        assert not TOLD.search(line), line
        for forbidden in (STACK_TRACE, CLASS_NAME, CREDENTIAL):
            assert not forbidden.search(line), line


async def test_lines_are_json_with_request_trace_and_tenant(stack: Stack, eventful: Answer) -> None:
    """15.7"""
    assert all({"event", "level", "service", "timestamp"} <= json.loads(line).keys() for line in lines(stack))
    assert not [line for line in lines(stack) if "dropped_keys" in line]
    traced = [json.loads(line) for line in lines(stack) if TRACE in line]
    request = next(line for line in traced if line["event"] == "request")
    assert (request["route"], request["method"], request["status"]) == (f"{AUTHORIZATIONS}/{{authorization_id}}/attachments", "POST", 200)
    assert {"request_id", "tenant", "client_id", "duration_ms"} <= request.keys()
    read = await request_lines(stack, eventful.headers["X-Request-Id"])
    assert {line["tenant"] for line in read} == {request["tenant"]}


async def test_conv_56_an_unexpected_failure_tells_nothing(stack: Stack, api: Client) -> None:
    """CONV-56, and what is left for operators: kind and place of the failure"""
    case = await api.create()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with client:
        rows = client[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"]["authorizations"]
        done = await rows.update_one({"id": case.json["id"]}, {"$set": {"json": b"not JSON, but Ada Probe"}})
        assert done.modified_count == 1
    answer = await api.call("GET", f"{AUTHORIZATIONS}/{case.json['id']}")
    assert (answer.status, answer.error_code) == (500, "internal_error")
    assert answer.json == {
        "error": {"code": "internal_error", "message": answer.json["error"]["message"], "retryable": False, "details": {}, "issues": []},
        "requestId": answer.headers["X-Request-Id"],
    }
    told = await request_lines(stack, answer.headers["X-Request-Id"])
    (failed,) = [line for line in told if line["level"] == "error"]
    assert failed["error"]["kind"] == "json_decode"
    assert failed["error"]["at"].startswith("priorbus/gateway/")
