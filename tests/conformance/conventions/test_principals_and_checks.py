"""Acceptance cases: principals, order of checks, HTTP basics (conventions.md 19)."""

import asyncio
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack
from priorbus.gateway.credentials import api_key
from priorbus.gateway.credentials.key_record import NewKey, key_record
from priorbus.runtime.clock import utc_now


@pytest.fixture
async def case(api: Client) -> Answer:
    return await api.create()


def path(case: Answer, *rest: str) -> str:
    return "/".join([AUTHORIZATIONS, case.json["id"], *rest])


async def test_conv_01_no_credential(anonymous: Client, case: Answer) -> None:
    """CONV-01"""
    answer = await anonymous.call("GET", path(case))
    assert (answer.status, answer.error_code) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["X-Request-Id"] == answer.json["requestId"]


async def test_conv_02_key_of_the_other_environment(stack: Stack, case: Answer) -> None:
    """CONV-02"""
    async with Client(stack.base_url, await known_live_key(stack)) as caller:
        answer = await caller.call("GET", path(case))
    assert (answer.status, answer.error_code) == (401, "unauthorized")


async def test_conv_03_wrong_checksum(stack: Stack, case: Answer) -> None:
    """CONV-03; that the database is not asked is a test of the credential directory"""
    good = stack.seed.api_key
    async with Client(stack.base_url, good[:-1] + ("A" if good[-1] != "A" else "B")) as caller:
        answer = await caller.call("GET", path(case))
    assert (answer.status, answer.error_code) == (401, "unauthorized")


async def known_live_key(stack: Stack) -> str:
    """A key of the live environment that is stored and may do everything: only its environment is wrong."""
    key = api_key.mint("live")
    record = key_record("key_00000000000000000000000001", key, NewKey(TENANT, "live", ["*"], None), utc_now())
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with client:
        rows = client[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"]["api_keys"]
        await rows.replace_one({"_id": record["_id"]}, record, upsert=True)
        assert await rows.count_documents({"digest": record["digest"]}) == 1
    return key


async def test_conv_04_other_tenant(other_tenant: Client, case: Answer) -> None:
    """CONV-04"""
    foreign = await other_tenant.call("GET", path(case))
    unknown = await other_tenant.call("GET", f"{AUTHORIZATIONS}/auth_00000000000000000000000000")
    assert foreign.status == unknown.status == 404
    assert foreign.json["error"] == unknown.json["error"]
    assert foreign.error_code == "authorization_not_found"


async def test_conv_05_missing_scope(reader: Client, case: Answer) -> None:
    """CONV-05"""
    answer = await reader.call("PATCH", path(case, "answers"), cases.answers(), if_match='"1"')
    assert (answer.status, answer.error_code) == (403, "insufficient_permissions")
    assert answer.json["error"]["details"]["requiredScopes"] == ["authorizations:write"]


async def test_conv_06_scope_before_existence(reader: Client) -> None:
    """CONV-06"""
    answer = await reader.call("PATCH", f"{AUTHORIZATIONS}/auth_unknown/answers", cases.answers(), if_match='"1"')
    assert (answer.status, answer.error_code) == (403, "insufficient_permissions")
    assert answer.json["error"]["details"]["requiredScopes"] == ["authorizations:write"]


async def test_conv_23_missing_if_match(api: Client, case: Answer) -> None:
    """CONV-23"""
    missing = await api.call("PATCH", path(case, "answers"), cases.answers())
    assert (missing.status, missing.error_code) == (428, "precondition_required")
    assert missing.json["error"]["issues"][0]["field"] == "If-Match"


async def test_conv_24_malformed_if_match(api: Client, case: Answer) -> None:
    """CONV-24, with the forms of vector V9"""
    for tag in ("17", 'W/"17"', "*", '"17","18"', '"017"', '""', '"a"'):
        answer = await api.call("PATCH", path(case, "answers"), cases.answers(), if_match=tag)
        assert (answer.status, answer.error_code) == (400, "bad_request"), tag
        assert answer.json["error"]["issues"][0]["code"] == "invalid_if_match"


async def test_conv_25_version_before_schema(api: Client, case: Answer) -> None:
    """CONV-25"""
    case = await api.patch(case.json["id"], case.etag, cases.full_answers()[0])
    answer = await api.call("PATCH", path(case, "answers"), {"nonsense": 1}, if_match='"1"')
    assert (answer.status, answer.error_code) == (409, "version_conflict")
    assert answer.json["error"]["details"] == {"expectedVersion": 1, "actualVersion": 2}


async def test_conv_26_state_before_version(api: Client) -> None:
    """CONV-26"""
    advance = await api.advance_case("SBX-APPROVE-NOW")
    await api.confirm(advance)
    await api.until(advance.json["id"], "completed")
    stale = await api.call("PATCH", path(advance, "answers"), cases.answers(), if_match='"1"')
    assert (stale.status, stale.error_code) == (409, "authorization_not_mutable")
    assert (await api.call("PATCH", path(advance, "answers"), cases.answers())).status == 428


async def test_conv_27_conditional_get(api: Client, case: Answer) -> None:
    """CONV-27"""
    case = await api.patch(case.json["id"], case.etag, cases.full_answers()[0])
    for tag in (case.etag, f"W/{case.etag}"):
        answer = await api.call("GET", path(case), headers={"If-None-Match": tag})
        assert (answer.status, answer.etag, answer.body) == (304, case.etag, b"")
    assert (await api.call("GET", path(case), headers={"If-None-Match": '"1"'})).status == 200


async def test_conv_34_bodies(api: Client, case: Answer) -> None:
    """CONV-34"""
    malformed = await api.call("POST", AUTHORIZATIONS, b'{"x":')
    assert (malformed.status, malformed.error_code) == (400, "bad_request")
    text = await api.call("POST", AUTHORIZATIONS, b"{}", headers={"Content-Type": "text/plain"})
    assert (text.status, text.error_code) == (415, "unsupported_media_type")
    unknown = await api.call("POST", AUTHORIZATIONS, cases.mri_create(colour="red"))
    assert (unknown.status, unknown.error_code) == (400, "bad_request")
    assert [issue["code"] for issue in unknown.json["error"]["issues"]] == ["unknown_property"]
    assert (await api.get(case.json["id"])).json == case.json


async def test_conv_35_unknown_path_and_method(api: Client) -> None:
    """CONV-35"""
    unknown = await api.call("GET", "/v1/nothing")
    assert (unknown.status, unknown.error_code) == (404, "not_found")
    assert unknown.headers["Content-Type"].startswith("application/problem+json")
    wrong = await api.call("PUT", "/v1/files", {})
    assert (wrong.status, wrong.error_code) == (405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]


async def test_conv_38_list_parameters(api: Client, case: Answer) -> None:
    """CONV-38"""
    await api.create()
    cursor = (await api.succeed("GET", f"{AUTHORIZATIONS}?limit=1")).json["pagination"]["nextCursor"]
    for query in ("limit=0", "limit=101", f"cursor={cursor}x", f"cursor={cursor}&payerId=payer_harbor"):
        answer = await api.call("GET", f"{AUTHORIZATIONS}?{query}")
        assert (answer.status, answer.error_code) == (400, "bad_request"), query


async def test_request_body_over_one_mebibyte(api: Client) -> None:
    """Conventions 2: JSON bodies up to 1 MiB."""
    answer = await api.call("POST", AUTHORIZATIONS, b'{"x":"' + b"a" * 1_048_576 + b'"}')
    assert (answer.status, answer.error_code) == (413, "payload_too_large")


async def test_conv_20_parallel_creates_with_one_key(lonely: Client) -> None:
    """CONV-20"""

    async def create() -> Any:
        return await lonely.call("POST", AUTHORIZATIONS, cases.mri_create(), key="twenty")

    answers = await asyncio.gather(*(create() for _ in range(20)))
    for answer in answers:
        assert answer.status in {201, 409}
        if answer.status == 409:
            assert answer.error_code == "idempotency_in_progress"
    created = {answer.json["id"] for answer in answers if answer.status == 201}
    assert len(created) == 1
    assert [case["id"] for case in (await lonely.succeed("GET", AUTHORIZATIONS)).json["data"]] == list(created)
