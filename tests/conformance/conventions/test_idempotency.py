"""Acceptance cases: idempotency and operations (conventions.md 19)."""

import asyncio
from typing import Any

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client


async def settled(api: Client, accepted: Answer) -> Any:
    """The operation behind a 202, once it is terminal."""
    async with asyncio.timeout(20):
        while True:
            operation = (await api.succeed("GET", accepted.headers["Location"])).json
            if operation["status"] != "pending":
                return operation
            await asyncio.sleep(0.05)


async def test_conv_14_replay(api: Client) -> None:
    """CONV-14"""
    key = "create-once"
    first = await api.call("POST", AUTHORIZATIONS, cases.mri_create(), key=key)
    second = await api.call("POST", AUTHORIZATIONS, cases.mri_create(), key=key)
    assert [first.status, second.status] == [201, 201]
    assert (second.body, second.headers["Idempotency-Replayed"]) == (first.body, "true")
    assert (second.headers["Location"], second.etag) == (first.headers["Location"], first.etag)
    entries = await api.timeline(first.json["id"])
    assert [entry["type"] for entry in entries].count("authorization.created") == 1


async def test_conv_15_key_of_another_body(api: Client) -> None:
    """CONV-15"""
    key = "create-other"
    await api.create(key=key)
    other = await api.call("POST", AUTHORIZATIONS, cases.mri_create(metadata={"a": "b"}), key=key)
    assert (other.status, other.error_code) == (409, "idempotency_key_reused")
    assert other.json["error"]["retryable"] is False


async def test_conv_16_scope_of_a_key(api: Client, other_tenant: Client) -> None:
    """CONV-16"""
    await api.create(key="one-key")
    request = {"fileName": "a.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
    file = await api.call("POST", "/v1/files", request, key="one-key")
    foreign = await other_tenant.call("POST", AUTHORIZATIONS, cases.mri_create(metadata={"t": "2"}), key="one-key")
    assert [(answer.status, "Idempotency-Replayed" in answer.headers) for answer in (file, foreign)] == [(201, False)] * 2


async def test_conv_17_replay_after_the_end(api: Client) -> None:
    """CONV-17"""
    case = await api.advance_case("SBX-APPROVE-NOW")
    first = await api.confirm(case, key="confirm-17")
    await api.until(case.json["id"], "completed")
    again = await api.confirm(case, key="confirm-17")
    assert (again.json["status"], again.body) == ("processing", first.body)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_conv_18_failures_are_not_stored(api: Client) -> None:
    """CONV-18"""
    case = await api.create()
    path = f"{AUTHORIZATIONS}/{case.json['id']}/answers"
    body = cases.answers(cases.full_answers()[0])
    failed = await api.call("PATCH", path, body, if_match='"5"', key="patch-18")
    assert (failed.status, failed.error_code) == (409, "version_conflict")
    retried = await api.call("PATCH", path, body, if_match='"1"', key="patch-18")
    assert (retried.status, "Idempotency-Replayed" in retried.headers) == (200, False)


@pytest.mark.parametrize("key", ["k" * 256, "", "a b"])
async def test_conv_21_malformed_keys(api: Client, key: str) -> None:
    """CONV-21"""
    answer = await api.call("POST", AUTHORIZATIONS, cases.mri_create(), key=key)
    assert (answer.status, answer.error_code) == (400, "bad_request")
    assert answer.json["error"]["issues"][0]["code"] == "invalid_idempotency_key"


async def test_conv_22_key_on_a_get(api: Client) -> None:
    """CONV-22"""
    case = await api.create()
    assert (await api.call("GET", f"{AUTHORIZATIONS}/{case.json['id']}", key="k" * 300)).status == 200


async def test_conv_29_respond_async_failure(api: Client) -> None:
    """CONV-29"""
    case = await api.create()
    body = cases.answers(cases.item("nope.x", cases.text("1")))
    accepted = await api.call(
        "PATCH", f"{AUTHORIZATIONS}/{case.json['id']}/answers", body, if_match='"1"', headers={"Prefer": "respond-async"}
    )
    assert (accepted.status, accepted.headers["Preference-Applied"]) == (202, "respond-async")
    operation = await settled(api, accepted)
    assert (operation["status"], operation["error"]["httpStatus"], operation["error"]["code"]) == ("failed", 400, "invalid_answer")
    assert [issue["code"] for issue in operation["error"]["issues"]] == ["unknown_link_id"]


async def test_respond_async_success(api: Client) -> None:
    """Conventions 7.2 to 7.4"""
    accepted = await api.call("POST", AUTHORIZATIONS, cases.mri_create(), headers={"Prefer": "respond-async"})
    assert (accepted.status, accepted.headers["Retry-After"]) == (202, "1")
    assert accepted.json["status"] == "pending"
    operation = await settled(api, accepted)
    assert (operation["status"], operation["resource"]["type"]) == ("succeeded", "authorization")
    assert (await api.succeed("GET", operation["resource"]["href"])).json["id"] == operation["resource"]["id"]


async def test_conv_30_foreign_operation(api: Client, other_tenant: Client) -> None:
    """CONV-30"""
    accepted = await api.call("POST", AUTHORIZATIONS, cases.mri_create(), headers={"Prefer": "respond-async"})
    answer = await other_tenant.call("GET", accepted.headers["Location"])
    assert (answer.status, answer.error_code) == (404, "operation_not_found")
    assert answer.headers["Content-Type"].startswith("application/problem+json")
