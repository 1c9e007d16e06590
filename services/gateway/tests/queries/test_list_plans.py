"""How MongoDB answers lists: every filter by an index in the order of the list, reading little more than the page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Client
from priorbus.devstack.names import unique_name
from priorbus.gateway.read_models import authorizations
from priorbus.gateway.read_models.database import INDEXES, prepare
from priorbus.runtime.mongo import Store
from priorbus.runtime.mongo.driver import Database

ROWS = 3000
LIMIT = 20
MOST_READ = 4 * (LIMIT + 1)
START = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)
STATES = ("requires_input", "advance", "approve", "preparing", "submitting", "waiting_on_payer", "completed", "canceled")
LATE, EARLY = "2026-03-05T00:00:00Z", "2026-03-04T12:00:00Z"


def rows(make_state: Any) -> Iterator[dict[str, Any]]:
    """Cases a minute apart in which every filter finds one in eight or more."""
    for number in range(ROWS):
        state = STATES[number % len(STATES)]
        moment = (START + timedelta(minutes=number)).isoformat()
        action = {"requires_input": "provide_requirements", "advance": "advance_case", "approve": "approve_submission"}.get(state)
        changes = {
            "id": f"auth_{number:05}",
            "state": state,
            "outcome": ("approved", "denied")[number // 8 % 2] if state == "completed" else None,
            "provider_npi": f"123456789{number % 8}",
            "metadata": {"site": str(number % 8), "ward": str(number % 3)},
            "created_at": moment,
            "updated_at": moment,
            "next_action": None,
        }
        made = authorizations.document(make_state(**changes))
        yield made | {"payer_id": f"payer_{number % 8}", "action": action}


@pytest.fixture(scope="module")
def database_of_many(mongo_url: str, drop_databases: Callable[[str], None], make_state: Any) -> Iterator[str]:
    """A tenant with many cases, among another one's."""
    name = unique_name("test_")
    mine = list(rows(make_state))
    theirs = [row | {"_id": f"t_two/{row['id']}", "tenant": "t_two"} for row in mine]

    async def fill() -> None:
        async with Store.open(mongo_url, name) as store:
            await prepare(store.database)
            await store.database[authorizations.COLLECTION].insert_many(mine + theirs)

    asyncio.run(fill())
    yield name
    drop_databases(name)


@pytest.fixture
async def store(mongo_url: str, database_of_many: str) -> AsyncIterator[Store]:
    """The many cases, and nothing that an earlier test has made; the database notes every plan."""
    async with Store.open(mongo_url, database_of_many) as opened:
        database = opened.database
        await database.command("profile", 0)
        await database.drop_collection("system.profile")
        await database.command("planCacheClear", authorizations.COLLECTION)
        for name in INDEXES.keys() - {authorizations.COLLECTION}:
            await database[name].delete_many({})
        yield opened


@pytest.fixture
async def client(world: Any) -> Client:
    await world.store.database.command("profile", 2)
    client: Client = await world.client(await world.key())
    return client


async def plans(database: Database) -> list[dict[str, Any]]:
    """What was read for the lists since the profiler was switched on."""
    of_lists = {"ns": f"{database.name}.{authorizations.COLLECTION}", "op": "query", "command.sort": {"$exists": True}}
    return await database["system.profile"].find(of_lists, sort=[("ts", 1)]).to_list(None)


def stages(stats: dict[str, Any]) -> Iterator[str]:
    """The stages of a plan, outermost first."""
    yield stats["stage"]
    for inner in (*stats.get("inputStages", ()), *([stats["inputStage"]] if "inputStage" in stats else ())):
        yield from stages(inner)


QUERIES = (
    "",
    "status=canceled",
    "status=requires_confirmation",
    "status=canceled&status=completed&status=processing",
    "outcome=approved",
    "payerId=payer_3",
    "providerNpi=1234567893",
    f"createdAfter={EARLY}",
    f"createdBefore={LATE}",
    f"createdAfter={EARLY}&createdBefore={LATE}",
    "nextActionType=advance_case",
    "metadata[site]=3",
    f"status=canceled&createdBefore={LATE}",
    "payerId=payer_3&providerNpi=1234567893",
    "metadata[site]=3&metadata[ward]=1",
    "outcome=denied&payerId=payer_6",
)


@pytest.mark.parametrize("query", QUERIES)
async def test_a_page_reads_hardly_more_than_it_shows(client: Client, world: Any, query: str) -> None:
    first = await client.succeed("GET", f"{AUTHORIZATIONS}?limit={LIMIT}&{query}")
    assert len(first.json["data"]) == LIMIT
    following = await client.succeed("GET", f"{AUTHORIZATIONS}?limit={LIMIT}&{query}&cursor={first.json['pagination']['nextCursor']}")
    shown = [case["createdAt"] for case in first.json["data"] + following.json["data"]]
    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) == 2 * LIMIT
    noted = await plans(world.store.database)
    assert len(noted) == 2
    for plan in noted:
        used = set(stages(plan["execStats"]))
        assert "IXSCAN" in used
        assert {"COLLSCAN", "SORT"}.isdisjoint(used)
        several = query.count("=") - query.count("status=") + 1
        assert plan["docsExamined"] <= MOST_READ * several, plan["planSummary"]


@pytest.mark.parametrize(
    "query", [f"updatedAfter={EARLY}", f"updatedAfter={quote('2026-03-06T06:00:00Z')}", f"updatedAfter={LATE}&status=canceled"]
)
async def test_changes_are_found_by_an_index(client: Client, world: Any, query: str) -> None:
    """Sorted by creation while filtered by update: either index may be the better one, the collection never is."""
    await client.succeed("GET", f"{PRIOR_AUTHORIZATIONS}?limit={LIMIT}&{query}")
    (plan,) = await plans(world.store.database)
    assert "COLLSCAN" not in set(stages(plan["execStats"]))
    assert plan["docsExamined"] < ROWS


async def test_the_timeline_and_single_reads_use_indexes(client: Client, world: Any) -> None:
    await client.succeed("GET", f"{AUTHORIZATIONS}/auth_00007")
    await client.succeed("GET", f"{AUTHORIZATIONS}/auth_00007/events")
    await client.succeed("GET", "/v1/payers?q=x&status=active")
    await client.succeed("GET", "/v1/providers")
    noted = await world.store.database["system.profile"].find({"op": "query", "ns": {"$not": {"$regex": "system"}}}).to_list(None)
    assert len({plan["ns"] for plan in noted}) >= 4
    assert [plan["ns"] for plan in noted if "COLLSCAN" in plan.get("planSummary", "")] == []
