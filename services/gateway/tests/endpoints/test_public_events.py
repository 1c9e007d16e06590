import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from priorbus.devstack.client import Client
from priorbus.gateway.events.log import EventLog
from priorbus.gateway.queries import events as queries
from priorbus.gateway.read_models import event_log
from priorbus.runtime.mongo import Conflict, translated_errors

EVENTS = "/v1/events"
Log = Callable[..., Awaitable[None]]


@pytest.fixture
def log(world: Any) -> Log:
    """Appends one row with events of the given types."""
    appended = EventLog(world.store.database)
    number = iter(range(1000))

    async def append(*types: str, tenant: str = "t_one", subject: str = "authorization/auth_1") -> None:
        name = f"f{next(number)}"
        bodies = [json.dumps({"id": f"evt_{name}_{index}", "type": kind}).encode() for index, kind in enumerate(types)]
        async with world.store.client.transaction() as session:
            await appended.append(session, [event_log.document(name, tenant, subject, types, bodies)], world.clock())

    return append


@pytest.fixture
async def client(world: Any) -> Client:
    opened: Client = await world.client(await world.key("events:read"))
    return opened


async def listed(client: Client, query: str = "") -> list[tuple[str, str]]:
    return [(event["position"], event["type"]) for event in (await client.succeed("GET", EVENTS + query)).json["data"]]


async def test_events_in_the_order_of_their_positions(client: Client, log: Log) -> None:
    await log("authorization.created", "authorization.status_changed")
    await log("file.created", subject="file/f1")
    await log("authorization.created", tenant="t_two")
    assert await listed(client) == [("1", "authorization.created"), ("2", "authorization.status_changed"), ("3", "file.created")]
    assert await listed(client, "?after=1") == [("2", "authorization.status_changed"), ("3", "file.created")]
    assert await listed(client, "?after=3") == []
    assert await listed(client, "?after=99") == []


async def test_filters(client: Client, log: Log) -> None:
    await log("authorization.created", "authorization.status_changed")
    await log("file.created", subject="file/f1")
    assert await listed(client, "?type=file.*") == [("3", "file.created")]
    assert await listed(client, "?type=authorization.status_changed&type=file.created") == [
        ("2", "authorization.status_changed"),
        ("3", "file.created"),
    ]
    assert await listed(client, "?subject=file/f1") == [("3", "file.created")]
    assert await listed(client, "?subject=file/f1&type=authorization.*") == []
    assert len(await listed(client, "?type=*")) == 3


async def test_pages_cut_rows_apart(client: Client, log: Log) -> None:
    for _ in range(4):
        await log("authorization.created", "authorization.status_changed", "authorization.completed")
    cursor, seen = "", []
    while True:
        page = (await client.succeed("GET", f"{EVENTS}?limit=2{cursor}")).json
        seen += [int(event["position"]) for event in page["data"]]
        if not page["pagination"]["hasMore"]:
            break
        cursor = f"&cursor={page['pagination']['nextCursor']}"
    assert seen == list(range(1, 13))


async def test_a_filter_that_finds_little_is_answered_in_stretches(client: Client, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_SCANNED", 4)
    for _ in range(5):
        await log("authorization.created", "authorization.status_changed", "authorization.completed")
    await log("file.ready", "file.failed", subject="file/f1")
    for wanted, expected in (("file.failed", ["17"]), ("authorization.completed", ["3", "6", "9", "12", "15"])):
        cursor, seen, pages = "", [], 0
        while True:
            page = (await client.succeed("GET", f"{EVENTS}?type={wanted}{cursor}")).json
            seen += [event["position"] for event in page["data"]]
            pages += 1
            if not page["pagination"]["hasMore"]:
                break
            cursor = f"&cursor={page['pagination']['nextCursor']}"
        assert seen == expected
        assert pages > 1


async def test_positions_that_have_expired(world: Any, client: Client, log: Log) -> None:
    for _ in range(3):
        await log("authorization.created")
    rows = world.store.database["event_log"]
    await rows.delete_one({"first": 1})
    refused = await client.call("GET", f"{EVENTS}?after=0")
    assert (refused.status, refused.error_code) == (410, "event_position_expired")
    assert await listed(client) == [("2", "authorization.created"), ("3", "authorization.created")]
    assert len(await listed(client, "?after=1")) == 2
    await rows.delete_many({})
    assert (await client.call("GET", f"{EVENTS}?after=2")).status == 410
    assert await listed(client, "?after=3") == []
    assert await listed(client) == []


BAD_QUERIES = ["after=-1", "after=01", "after=x", "type=x", "type=a.b.c", "subject=x", "limit=0", "limit=101", "from=1", "cursor=x"]


async def test_bad_queries(client: Client) -> None:
    for query in BAD_QUERIES:
        refused = await client.call("GET", f"{EVENTS}?{query}")
        assert (refused.status, refused.error_code) == (400, "bad_request"), query


async def test_a_cursor_belongs_to_its_tenant_and_filter(world: Any, client: Client, log: Log) -> None:
    for _ in range(3):
        await log("file.created")
        await log("file.created", tenant="t_two")
    cursor = (await client.succeed("GET", f"{EVENTS}?limit=1&type=file.*")).json["pagination"]["nextCursor"]
    other = await world.client(await world.key("events:read", tenant="t_two"))
    assert (await client.call("GET", f"{EVENTS}?limit=1&cursor={cursor}")).status == 400
    assert (await other.call("GET", f"{EVENTS}?limit=1&type=file.*&cursor={cursor}")).status == 400
    assert await listed(client, f"?limit=1&type=file.*&cursor={cursor}") == [("2", "file.created")]


async def test_the_scope_is_needed(world: Any) -> None:
    for path in (EVENTS, f"{EVENTS}/stream"):
        refused = await (await world.client(await world.key("files:read"))).call("GET", path)
        assert (refused.status, refused.json["details"]) == (403, {"requiredScopes": ["events:read"]})


async def test_no_position_appears_below_one_that_was_read(client: Client, log: Log) -> None:
    async def write() -> None:
        for _ in range(10):
            while True:
                try:
                    with translated_errors():
                        await log("file.created", "file.ready")
                except Conflict:
                    await asyncio.sleep(0.001)
                else:
                    break

    writers = [asyncio.create_task(write()) for _ in range(10)]
    seen: list[int] = []
    async with asyncio.timeout(60):
        while len(seen) < 200:
            page = await listed(client, f"?limit=100&after={seen[-1] if seen else 0}")
            seen += [int(position) for position, _ in page]
            assert seen == list(range(1, len(seen) + 1))
    await asyncio.gather(*writers)
