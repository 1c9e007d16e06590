"""How MongoDB answers lists: every filter by an index in the order of the list, reading little more than the page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Client
from priorbus.gateway.read_models import authorizations
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
def many(make_state: Any) -> list[dict[str, Any]]:
    """The cases of a tenant, and the same of another one."""
    mine = list(rows(make_state))
    return mine + [row | {"_id": f"t_two/{row['id']}", "tenant": "t_two"} for row in mine]


@pytest.fixture
async def client(world: Any, many: list[dict[str, Any]]) -> Client:
    """A tenant with many cases, among another one's; the database notes every plan."""
    database = world.store.database
    await database[authorizations.COLLECTION].insert_many(many)
    await database.command("profile", 2)
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
