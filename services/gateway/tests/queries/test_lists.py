"""Whole list requests against a plain oracle, and the plans that MongoDB makes of them."""

import itertools
import operator
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from aiohttp.web import BaseRequest

from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.filters.matching import fold
from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.lists import Listed, Lists
from priorbus.gateway.queries.narrowing import PROBED
from priorbus.gateway.queries.selections import Parent
from priorbus.gateway.read_models.patients import ATTACHMENTS
from priorbus.runtime.mongo import Store
from priorbus.runtime.mongo.driver import Database

ROWS = 400
START = datetime(2026, 3, 4, tzinfo=UTC)
FIRST = 9007199254740993
Query = list[tuple[str, str]]


def moment(chance: random.Random) -> str:
    return (START + timedelta(milliseconds=chance.randrange(6))).isoformat()


def states(count: int) -> Iterator[dict[str, Any]]:
    """Attachments that share most values."""
    chance = random.Random(7)
    for number in range(count):
        done, archived = chance.random() < 0.7, chance.random() < 0.3
        yield {
            "id": FIRST + number,
            "tenant": "t_one",
            "version": 1,
            "patient_id": FIRST + chance.randrange(4),
            "patient_case_id": chance.choice((None, FIRST)),
            "user_id": chance.randrange(1, 4),
            "description": chance.choice((None, "Scan", "scan of the knee", "Letter")),
            "filename": chance.choice(("Jackson.pdf", "jason.png", "xjason", "50_x.pdf")) if done else None,
            "content_type": chance.choice(("application/pdf", "image/png")) if done else None,
            "size": chance.randrange(5) if done else None,
            "processed_at": moment(chance) if done else None,
            "created_at": moment(chance),
            "updated_at": moment(chance),
            "archived_at": moment(chance) if archived else None,
        }


FILTERS = (
    "archived_at:*",
    "archived_at:?",
    "archived_at:!?",
    "archived_at:>=2026-03-04T00:00:00.003Z",
    "content_type:=image/png",
    "created_at:>=2026-03-04T00:00:00.002Z",
    "created_at:<2026-03-04T00:00:00.004Z",
    "description:~SCAN",
    "description:!?",
    "filename:~~ja%on%",
    "filename:!=xjason",
    f"id:={FIRST},{FIRST + 5},{FIRST + 399},1",
    f"id:>{FIRST + 100}",
    f"patient_id:={FIRST + 1}",
    f"patient_id:={FIRST + 1},{FIRST + 2}",
    "processed_at:?",
    "processed_at:!?",
    "size:>1",
    "size:!=0",
    "size:=0,4",
    "updated_at:<=2026-03-04T00:00:00.001Z",
    "user_id:=2",
)
COMPARISONS = {"=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
SORTS = tuple(f"{name}{direction}" for name in ATTACHMENTS.columns for direction in ("", ":desc"))


def queries() -> Iterator[Query]:
    for name in FILTERS:
        yield [("q[]", name)]
    for name in SORTS:
        yield [("sort", name)]
        yield [("sort", name), ("q[]", "archived_at:*"), ("page", "3"), ("per_page", "40")]
    chance = random.Random(11)
    for _ in range(200):
        keys = chance.sample(tuple(ATTACHMENTS.columns), chance.randrange(1, 5))
        sort = ",".join(f"{key}{chance.choice(('', ':asc', ':desc'))}" for key in keys)
        wanted = chance.sample(FILTERS, chance.randrange(4))
        page, size = chance.randrange(1, 6), chance.choice((1, 7, 50, 100))
        yield [("sort", sort), *(("q[]", each) for each in wanted), ("page", str(page)), ("per_page", str(size))]


def passes(filter_: str, state: dict[str, Any]) -> bool:
    name, _, test = filter_.partition(":")
    value = state[name]
    if test in ("?", "!?", "*"):
        return {"?": value is not None, "!?": value is None, "*": True}[test]
    if value is None:
        return False
    sign = next(each for each in (">=", "<=", "!=", "~~", ">", "<", "=", "~") if test.startswith(each))
    wanted: Any = test.removeprefix(sign)
    if sign == "~":
        return fold(wanted) in fold(value)
    if sign == "~~":
        return fold(value).startswith("ja") and "on" in fold(value)[2:]
    if sign == "=" and not isinstance(value, str):
        return value in [int(part) for part in wanted.split(",")]
    if name.endswith("_at"):
        value, wanted = datetime.fromisoformat(value), datetime.fromisoformat(wanted)
    elif isinstance(value, int):
        wanted = int(wanted)
    return bool(COMPARISONS[sign](value, wanted))


def expected(query: Query, all_states: list[dict[str, Any]]) -> tuple[list[int], int]:
    """The ids of the page, and the total."""
    given = dict(query)
    filters = [value for name, value in query if name == "q[]"]
    if not any(each.startswith("archived_at") for each in filters):
        filters.append("archived_at:!?")
    found = [state for state in all_states if all(passes(each, state) for each in filters)]
    found.sort(key=lambda state: state["id"])
    for key in reversed(given.get("sort", "created_at").split(",")):
        name, _, direction = key.partition(":")
        found.sort(key=lambda state: (state[name] is not None, state[name] if state[name] is not None else 0), reverse=direction == "desc")
    size = int(given.get("per_page", "50"))
    start = (int(given.get("page", "1")) - 1) * size
    return [state["id"] for state in found][start : start + size], len(found)


async def read(lists: Lists, query: Query, parent: Parent | None = None) -> Listed:
    principal = Principal("t_one", "c", 1, frozenset(("*",)))
    return await lists.page(Call(cast(BaseRequest, None), "req_1", principal, "GET", "/v1/x", {}, query), parent)


@pytest.fixture
async def rows(store: Store) -> list[dict[str, Any]]:
    """Two tenants with the same ids; the database notes every plan."""
    mine = list(states(ROWS))
    theirs = [state | {"tenant": "t_two"} for state in mine]
    await store.database[ATTACHMENTS.collection].insert_many([ATTACHMENTS.document(state) for state in mine + theirs])
    await store.database.command("profile", 2)
    return mine


async def plans(database: Database) -> list[dict[str, Any]]:
    of_lists = {"ns": f"{database.name}.{ATTACHMENTS.collection}", "op": {"$in": ["query", "command"]}, "planSummary": {"$exists": True}}
    return await database["system.profile"].find(of_lists, sort=[("ts", 1)]).to_list(None)


@pytest.mark.parametrize("probed", [PROBED, 20], ids=["few", "taken for many"])
async def test_pages_are_what_the_oracle_says_and_no_collection_is_scanned(store: Store, rows: list[dict[str, Any]], probed: int) -> None:
    lists = Lists(store.database, ATTACHMENTS, probed)
    for query in queries():
        listed = await read(lists, query)
        assert ([state["id"] for state in listed.states], listed.total) == expected(query, rows), query
    noted = await plans(store.database)
    assert len(noted) > len(FILTERS) + 2 * len(SORTS)
    assert {plan["planSummary"].split(" ")[0] for plan in noted} <= {"IXSCAN", "COUNT_SCAN", "RECORD_STORE_FAST_COUNT"}


async def test_lists_of_a_parent(store: Store, rows: list[dict[str, Any]]) -> None:
    lists = Lists(store.database, ATTACHMENTS)
    for field, number in (("patient_id", FIRST + 2), ("patient_case_id", FIRST)):
        theirs = [state for state in rows if state[field] == number]
        for query in ([], [("sort", "size:desc,filename")], [("q[]", "size:>2")]):
            listed = await read(lists, query, Parent(field, number))
            assert ([state["id"] for state in listed.states], listed.total) == expected(query, theirs)
    assert {plan["planSummary"].split(" ")[0] for plan in await plans(store.database)} <= {"IXSCAN", "COUNT_SCAN"}


@pytest.mark.parametrize("archived", [[], [("q[]", "archived_at:*")]])
async def test_every_order_reads_hardly_more_than_it_shows(store: Store, rows: list[dict[str, Any]], archived: Query) -> None:
    """Though hundreds of records share a value, none is read that is not shown, and at most a page of them is sorted."""
    lists = Lists(store.database, ATTACHMENTS)
    for sort in SORTS:
        await read(lists, [("sort", sort), *archived, ("per_page", "20"), ("page", "3")])
    for plan in await plans(store.database):
        if plan["op"] == "query":
            assert plan.get("docsExamined", 0) <= 2 * 21, plan["command"]


WIDE = (
    "size:!=7",
    "user_id:<3",
    "description:~s",
    "filename:!=xjason",
    "updated_at:<2026-03-04T00:00:00.004Z",
    "content_type:~i",
    "size:?",
)


async def test_wide_filters_in_any_order_read_only_what_is_shown(store: Store, rows: list[dict[str, Any]]) -> None:
    """Counted and sorted in the index that holds everything, as it is done where reading what passes takes seconds"""
    lists, chance = Lists(store.database, ATTACHMENTS, 20), random.Random(3)
    for sort in ("created_at", *SORTS, "content_type,size:desc", "user_id:desc,filename,size"):
        for wanted in ([], *chance.sample(list(itertools.combinations(WIDE, 2)), 3)):
            query = [*(("q[]", each) for each in wanted), ("sort", sort), ("per_page", "20")]
            page = expected(query, rows)[1] // 20
            assert len((await read(lists, [*query, ("page", str(page))])).states) == 20
    for plan in await plans(store.database):
        assert plan["planSummary"].split(" ")[0] in {"IXSCAN", "COUNT_SCAN", "RECORD_STORE_FAST_COUNT"}
        assert plan.get("docsExamined", 0) <= 21, plan["command"]


async def test_one_tenant_never_sees_another(store: Store, rows: list[dict[str, Any]]) -> None:
    listed = await read(Lists(store.database, ATTACHMENTS), [("q[]", "archived_at:*"), ("per_page", "100")])
    assert {state["tenant"] for state in listed.states} == {"t_one"}
    assert listed.total == ROWS
