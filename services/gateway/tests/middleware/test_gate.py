import asyncio
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from priorbus.devstack.client import AUTHORIZATIONS
from priorbus.gateway.credentials import api_key

CASE = f"{AUTHORIZATIONS}/auth_1"
JSON = {"Content-Type": "application/json"}


async def given_case(world: Any, make_state: Any, **changes: Any) -> None:
    await world.inside.commands._appliers["authorization"]({"authorization": make_state(**changes)})


async def test_without_a_credential(world: Any) -> None:
    answer = await (await world.client(None)).call("GET", CASE)
    assert (answer.status, answer.error_code, answer.headers["WWW-Authenticate"]) == (401, "unauthorized", 'Bearer realm="priorbus"')
    assert re.fullmatch("req_[0-9A-Z]{26}", answer.headers["X-Request-Id"])
    assert answer.json["requestId"] == answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_with_a_bad_credential(world: Any) -> None:
    for credential in ("x", "pb_test_x", api_key.mint("live"), api_key.mint("test")):
        assert (await (await world.client(credential)).call("GET", CASE)).status == 401


async def test_an_access_token_is_no_api_key_and_an_api_key_no_access_token(world: Any) -> None:
    token = await world.client(await world.token("system/*.*"))
    key = await world.client(await world.key())
    assert (await token.call("GET", CASE)).status == 401
    refused = await key.call("POST", "/fhir/Claim/$submit", {})
    assert (refused.status, refused.json["issue"][0]["code"]) == (401, "login")


async def test_scope_comes_before_existence(world: Any) -> None:
    reader = await world.client(await world.key("authorizations:read"))
    refused = await reader.call("PATCH", f"{AUTHORIZATIONS}/auth_unknown/answers", {})
    assert (refused.status, refused.json["error"]["details"]) == (403, {"requiredScopes": ["authorizations:write"]})


async def test_existence_comes_before_syntax(world: Any, make_state: Any) -> None:
    client = await world.client(await world.key())
    assert (await client.call("PATCH", f"{CASE}/answers", b"{")).status == 404
    await given_case(world, make_state)
    assert (await client.call("PATCH", f"{CASE}/answers", b"{")).status == 400
    assert (await client.call("PATCH", f"{CASE}/answers", {})).status == 428
    assert (await client.call("PATCH", f"{CASE}/answers", b"x", headers={"Content-Type": "text/plain"})).status == 415
    assert world.owner.seen == []


async def test_another_tenants_case_is_like_an_unknown_one(world: Any, make_state: Any) -> None:
    await given_case(world, make_state)
    other = await world.client(await world.key(tenant="t_two"))
    foreign, unknown = await other.call("GET", CASE), await other.call("GET", f"{AUTHORIZATIONS}/auth_9")
    assert foreign.status == unknown.status == 404
    assert foreign.json["error"] == unknown.json["error"]


async def test_reading_with_and_without_the_version(world: Any, make_state: Any) -> None:
    await given_case(world, make_state, version=3)
    client = await world.client(await world.key())
    answer = await client.call("GET", CASE, headers={"Idempotency-Key": "x" * 300})
    assert (answer.status, answer.etag, answer.headers["Cache-Control"]) == (200, '"3"', "private, no-cache")
    same = await client.call("GET", CASE, headers={"If-None-Match": 'W/"3"'})
    assert (same.status, same.etag, same.body) == (304, '"3"', b"")
    assert (await client.call("GET", CASE, headers={"If-None-Match": '"2"'})).status == 200


async def test_unknown_path_and_wrong_method(world: Any) -> None:
    client = await world.client(await world.key())
    unknown = await client.call("GET", "/v1/nothing")
    assert (unknown.status, unknown.headers["Content-Type"], unknown.error_code) == (404, "application/problem+json", "not_found")
    wrong = await client.call("PUT", "/v1/files")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")


async def test_a_body_that_is_too_large(world: Any) -> None:
    client = await world.client(await world.key())
    answer = await client.call("POST", AUTHORIZATIONS, b"x" * (1024 * 1024 + 1))
    assert (answer.status, answer.error_code) == (413, "payload_too_large")


async def test_a_fhir_body_above_the_limit_of_the_deployment(make_world: Any) -> None:
    async with make_world(fhir_body_max_bytes=1024 * 1024) as world:
        client = await world.client(await world.token("system/*.cruds"))
        large = {"resourceType": "Bundle", "id": "x" * 1024 * 1024}
        refused = await client.call("POST", "/fhir/Claim/$submit", large)
        assert (refused.status, refused.json["issue"][0]["code"]) == (413, "too-long")
        assert world.owner.seen == []


async def test_a_body_that_can_not_be_unpacked(world: Any) -> None:
    client = await world.client(await world.key())
    answer = await client.call("POST", AUTHORIZATIONS, b"no gzip at all", headers=JSON | {"Content-Encoding": "gzip"})
    assert (answer.status, answer.error_code) == (400, "bad_request")


async def test_conv_56_an_unexpected_failure_tells_nothing(world: Any, make_state: Any) -> None:
    """CONV-56"""
    await given_case(world, make_state)
    await world.store.database["authorizations"].update_one({}, {"$set": {"json": b"not json, but Ada Probe"}})
    answer = await (await world.client(await world.key())).call("GET", CASE)
    assert (answer.status, answer.error_code, answer.json["error"]["details"]) == (500, "internal_error", {})
    assert answer.json["requestId"] == answer.headers["X-Request-Id"]
    assert b"Ada" not in answer.body
    assert b"Error" not in answer.body


async def test_a_stopped_object_store(world: Any) -> None:
    world.objects.available = False
    client = await world.client(await world.token("system/Claim.cu", "system/ClaimResponse.r"))
    answer = await client.call("POST", "/fhir/Claim/$submit", {"resourceType": "Bundle", "text": "x" * 300_000})
    assert (answer.status, answer.error_code, answer.headers["Retry-After"]) == (503, "service_unavailable", "5")


async def test_access_is_recorded(world: Any, make_state: Any) -> None:
    await given_case(world, make_state)
    answer = await (await world.client(await world.key())).call("GET", CASE)
    assert await world.inside.audit.flush()
    (record,) = await world.store.database["audit"].find().to_list(None)
    assert (record["tenant"], record["action"], record["resource_id"], record["status"]) == ("t_one", "authorization.read", "auth_1", 200)
    assert record["request_id"] == answer.headers["X-Request-Id"]


async def test_the_public_health_paths(world: Any) -> None:
    client = await world.client(None)
    assert (await client.call("GET", "/health")).json == {"status": "ok"}
    assert (await client.call("GET", "/health/ready")).status == 200
    world.health.add("something", asyncio.Event().wait)
    not_ready = await client.call("GET", "/health/ready")
    assert (not_ready.status, not_ready.json["failing"]) == (503, ["something"])


NO_REQUESTS = (
    b"nonsense\r\n\r\n",
    b"GET / HTTP/1.1\r\nBad Header\r\n\r\n",
    b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x00\r\n\r\n",
)


@pytest.mark.parametrize("sent", NO_REQUESTS)
async def test_what_is_no_request_is_answered_like_everything_else(world: Any, sent: bytes) -> None:
    """Conventions 2, 8.1, 15.2"""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(world.url).port)
    writer.write(sent)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    problem = json.loads(body)
    assert (status.partition(" ")[2], problem["code"], problem["status"]) == ("400 Bad Request", "bad_request", 400)
    assert problem["instance"] == f"urn:priorbus:request:{headers['X-Request-Id']}"
    assert (headers["Server"], headers["Cache-Control"]) == ("priorbus", "no-store")
