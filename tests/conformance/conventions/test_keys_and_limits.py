"""Acceptance cases: API keys, rate limits, audit (conventions.md 19)."""

import asyncio
from typing import Any

from pymongo import AsyncMongoClient

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Client
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack

KEYS = "/v1/api-keys"
WANTED = {"name": "Clinic", "scopes": ["authorizations:read"]}


async def key_of(stack: Stack, *options: str) -> str:
    made = await asyncio.to_thread(stack.priorbus, "keys", "create", "--tenant", TENANT, "--name", "limited", *options)
    return str(made["key"])


async def test_conv_08_suffix(stack: Stack) -> None:
    """CONV-08, as Bearer on the authorization API"""
    async with Client(stack.base_url, stack.seed.api_key + "-au2") as caller:
        assert (await caller.call("GET", AUTHORIZATIONS)).status == 200
    async with Client(stack.base_url, stack.seed.api_key + "-au233") as caller:
        assert (await caller.call("GET", AUTHORIZATIONS)).status == 401


async def test_conv_10_revocation(api: Client, gateways: list[Client], stack: Stack) -> None:
    """CONV-10, at every gateway instance"""
    made = await api.call("POST", KEYS, WANTED)
    assert made.status == 201
    instances = [Client(gateway.base_url, made.json["key"]) for gateway in stack.gateways]
    for instance in instances:
        async with instance as holder:
            assert (await holder.call("GET", AUTHORIZATIONS)).status == 200
    assert (await gateways[0].call("DELETE", f"{KEYS}/{made.json['id']}")).status == 204
    revoked = asyncio.get_running_loop().time()
    for instance in instances:
        async with instance as holder:
            while (await holder.call("GET", AUTHORIZATIONS)).status != 401:
                assert asyncio.get_running_loop().time() - revoked < 5
                await asyncio.sleep(0.1)


async def test_conv_11_key_shown_once(api: Client) -> None:
    """CONV-11"""
    first = await api.call("POST", KEYS, WANTED, key="key-11")
    second = await api.call("POST", KEYS, WANTED, key="key-11")
    assert [first.status, second.status] == [201, 201]
    assert (second.headers["Idempotency-Replayed"], second.json["key"]) == ("true", None)
    assert second.json["id"] == first.json["id"]


async def test_conv_36_default_limit(stack: Stack, api: Client) -> None:
    """CONV-36"""
    async with Client(stack.base_url, await key_of(stack, "--rate-default", "200")) as limited:
        for left in range(199, -1, -1):
            answer = await limited.call("GET", f"{AUTHORIZATIONS}?limit=1")
            assert answer.status == 200
            assert answer.headers["RateLimit"].startswith(f'"default";r={left};')
        refused = await limited.call("GET", f"{AUTHORIZATIONS}?limit=1")
    assert (refused.status, refused.error_code) == (429, "rate_limited")
    assert refused.headers["RateLimit-Policy"] == '"default";q=200;w=60'
    assert refused.headers["RateLimit"].startswith('"default";r=0;')
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json["error"]["details"]["violatedPolicies"] == ["default"]
    assert (await api.call("GET", f"{AUTHORIZATIONS}?limit=1")).status == 200


async def test_conv_37_polling_does_not_starve_writes(stack: Stack, api: Client) -> None:
    """CONV-37"""
    case = await api.create()
    path = f"{AUTHORIZATIONS}/{case.json['id']}"
    async with Client(stack.base_url, await key_of(stack, "--rate-poll", "3")) as limited:
        assert [(await limited.call("GET", path)).status for _ in range(4)] == [200, 200, 200, 429]
        patched = await limited.call("PATCH", f"{path}/answers", cases.answers(cases.full_answers()[0]), if_match=case.etag)
    assert patched.status == 200


async def test_limits_are_shared_by_all_instances(stack: Stack) -> None:
    """Conventions 9: the counts of all instances are added up."""
    key = await key_of(stack, "--rate-default", "10")
    async with Client(stack.gateways[0].base_url, key) as here, Client(stack.gateways[1].base_url, key) as there:
        for _ in range(10):
            assert (await here.call("GET", "/v1/payers")).status == 200
        async with asyncio.timeout(10):
            while (await there.call("GET", "/v1/payers")).status != 429:
                await asyncio.sleep(0.3)


async def test_access_to_phi_is_audited(stack: Stack, lonely: Client) -> None:
    """Conventions 3.6"""
    case = await lonely.create()
    read = await lonely.get(case.json["id"])
    prefix = stack.settings["PRIORBUS_MONGO_DATABASE_PREFIX"]
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    wanted = {"request_id": {"$in": [case.headers["X-Request-Id"], read.headers["X-Request-Id"]]}}
    async with client, asyncio.timeout(10):
        rows = client[f"{prefix}_gateway"]["audit"]
        while await rows.count_documents(wanted) < 2:
            await asyncio.sleep(0.1)
        found = await rows.find(wanted, sort=[("at", 1)]).to_list()
    assert [(row["action"], row["resource_id"], row["status"]) for row in found] == [
        ("authorization.create", case.json["id"], 201),
        ("authorization.read", case.json["id"], 200),
    ]
