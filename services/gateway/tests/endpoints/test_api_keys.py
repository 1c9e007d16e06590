import asyncio
from datetime import timedelta
from typing import Any

import pytest

from priorbus.devstack.client import Answer, Client
from priorbus.gateway.credentials import directory

KEYS = "/v1/api-keys"
WANTED = {"name": "Clinic 7", "scopes": ["files:read", "catalog:read"]}


@pytest.fixture
async def maker(world: Any) -> Client:
    client: Client = await world.client(await world.key())
    return client


async def made(maker: Client, **members: Any) -> Answer:
    return await maker.succeed("POST", KEYS, WANTED | members)


async def test_a_key_is_shown_once_and_works(world: Any, maker: Client) -> None:
    answer = await made(maker)
    key = answer.json
    assert (answer.status, answer.headers["Location"]) == (201, f"{KEYS}/{key['id']}")
    assert (await (await world.client(key["key"])).call("GET", "/v1/payers")).status == 200
    assert (await (await world.client(key["key"] + "-au2")).call("GET", "/v1/payers")).status == 200
    listed = (await maker.succeed("GET", f"{KEYS}?limit=1")).json
    assert "key" not in listed["data"][0]
    assert {name: listed["data"][0][name] for name in ("id", "name", "scopes", "revokedAt")} == {
        "id": key["id"],
        "name": "Clinic 7",
        "scopes": ["catalog:read", "files:read"],
        "revokedAt": None,
    }
    assert str(int(key["userId"])) == key["userId"]
    stored = await world.store.database["api_keys"].find_one({"_id": key["id"]})
    assert key["key"] not in str(stored)


async def test_the_use_of_a_key_is_noted_to_the_minute(world: Any, maker: Client) -> None:
    key = (await made(maker)).json
    await (await world.client(key["key"])).call("GET", "/v1/payers")
    minute = world.clock().replace(second=0, microsecond=0)
    async with asyncio.timeout(5):
        while (await world.store.database["api_keys"].find_one({"_id": key["id"]}))["last_used_at"] != minute:
            await asyncio.sleep(0.01)


async def test_a_replay_shows_no_key(maker: Client) -> None:
    first = await maker.succeed("POST", KEYS, WANTED, key="once")
    again = await maker.succeed("POST", KEYS, WANTED, key="once")
    assert (again.status, again.headers["Idempotency-Replayed"], again.headers["Location"]) == (201, "true", first.headers["Location"])
    assert again.json == first.json | {"key": None}
    other = await maker.call("POST", KEYS, WANTED | {"name": "Other"}, key="once")
    assert (other.status, other.error_code) == (409, "idempotency_key_reused")


async def test_parallel_requests_with_one_key_make_one(world: Any, maker: Client) -> None:
    answers = await asyncio.gather(*(maker.call("POST", KEYS, WANTED, key="together") for _ in range(8)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json["id"] for answer in answers if answer.status == 201}) == 1
    assert await world.store.database["api_keys"].count_documents({"name": "Clinic 7"}) == 1


async def test_nobody_grants_what_they_do_not_have(world: Any) -> None:
    manager = await world.client(await world.key("api_keys:manage", "files:read"))
    assert (await manager.call("POST", KEYS, {"name": "x", "scopes": ["files:read"]})).status == 201
    for scopes in (["files:write", "files:read"], ["*"]):
        refused = await manager.call("POST", KEYS, {"name": "x", "scopes": scopes})
        assert (refused.status, refused.error_code) == (403, "insufficient_permissions")
        assert refused.json["details"]["requiredScopes"] == scopes[:1]
    outsider = await world.client(await world.key("files:read"))
    assert (await outsider.call("GET", KEYS)).json["details"]["requiredScopes"] == ["api_keys:manage"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"scopes": ["nothing:read"]}, "/scopes/0", "invalid_value"),
        ({"scopes": []}, "/scopes", "invalid_value"),
        ({"name": ""}, "/name", "invalid_value"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt", "invalid_value"),
        ({"expiresAt": "tomorrow"}, "/expiresAt", "invalid_value"),
        ({"expiresAt": 1893456000}, "/expiresAt", "invalid_type"),
        ({"colour": "red"}, "/colour", "unknown_property"),
    ],
)
async def test_bad_bodies(maker: Client, change: dict[str, Any], pointer: str, code: str) -> None:
    refused = await maker.call("POST", KEYS, WANTED | change, key="bad")
    assert (refused.status, refused.error_code, refused.headers["Content-Type"]) == (400, "bad_request", "application/problem+json")
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]
    assert (await maker.call("POST", KEYS, WANTED, key="bad")).status == 201


async def test_a_key_ends_at_its_time(world: Any, maker: Client) -> None:
    until = (world.clock() + timedelta(seconds=60)).isoformat()
    key = (await made(maker, expiresAt=until)).json
    assert key["expiresAt"] == "2026-03-04T05:07:07.089Z"
    world.clock.advance(timedelta(seconds=60))
    assert (await (await world.client(key["key"])).call("GET", "/v1/payers")).status == 401


async def test_a_revoked_key(world: Any, maker: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "KEPT_SECONDS", 0.0)
    key = (await made(maker)).json
    holder = await world.client(key["key"])
    assert (await holder.call("GET", "/v1/payers")).status == 200
    path = f"{KEYS}/{key['id']}"
    for replayed in (None, "true"):
        gone = await maker.call("DELETE", path, key="delete")
        assert (gone.status, gone.body, gone.headers.get("Idempotency-Replayed")) == (204, b"", replayed)
    assert (await holder.call("GET", "/v1/payers")).status == 401
    revoked_at = (await maker.succeed("GET", f"{KEYS}?limit=1")).json["data"][0]["revokedAt"]
    world.clock.advance(timedelta(hours=1))
    assert (await maker.call("DELETE", path)).status == 204
    assert (await maker.succeed("GET", f"{KEYS}?limit=1")).json["data"][0]["revokedAt"] == revoked_at


async def test_keys_of_another_tenant_do_not_exist(world: Any, maker: Client) -> None:
    key = (await made(maker)).json
    other = await world.client(await world.key(tenant="t_two"))
    refused = await other.call("DELETE", f"{KEYS}/{key['id']}")
    assert (refused.status, refused.error_code) == (404, "api_key_not_found")
    assert all(listed["id"] != key["id"] for listed in (await other.succeed("GET", KEYS)).json["data"])


async def test_keys_are_listed_page_by_page(maker: Client) -> None:
    expected = [(await made(maker)).json["id"] for _ in range(3)][::-1]
    first = (await maker.succeed("GET", f"{KEYS}?limit=2")).json
    rest = (await maker.succeed("GET", f"{KEYS}?limit=2&cursor={first['pagination']['nextCursor']}")).json
    assert [key["id"] for key in first["data"] + rest["data"]][:3] == expected
    assert rest["pagination"] == {"hasMore": False, "nextCursor": None}
