"""Acceptance cases: filters, sort and pages (patient-attachments.md 18)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from bson.min_key import MinKey
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from priorbus.devstack import cases
from priorbus.devstack.client import Answer
from priorbus.devstack.patients import ATTACHMENTS, CASES, PATIENTS, PatientsClient
from priorbus.devstack.stack import Stack
from tests.conformance.patient_attachments.conftest import Tenants, make_tenants

COUNT = 120
COLUMNS = [
    *("archived_at", "content_type", "created_at", "description", "filename", "id", "patient_id", "processed_at", "size", "updated_at"),
    "user_id",
]
Json = dict[str, Any]


def every(record: Json) -> bool:
    return True


def none(record: Json) -> bool:
    return False


@dataclass(frozen=True)
class Library:
    """A tenant with 120 attachments of two patients, in the order of creation as they are when all are processed."""

    tenants: Tenants
    patient: str
    records: Sequence[Json]


@pytest.fixture(scope="module")
def library(stack: Stack) -> Library:
    return asyncio.run(fill(make_tenants(stack)))


async def fill(tenants: Tenants) -> Library:
    async with PatientsClient(tenants.base_url, tenants.k1) as client:
        patients = [await client.patient(), await client.patient()]
        turn = asyncio.Semaphore(8)

        async def one(number: int) -> str:
            async with turn:
                made = await client.add_document(
                    patients[number % 2], f"scan {number % 7}.pdf", cases.pdf(100 + number % 5), description=f"Nr {number}"
                )
                return str(made.json["id"])

        numbers = await asyncio.gather(*(one(number) for number in range(COUNT)))
        records = [(await client.processed(number, 60)).json for number in numbers]
        return Library(tenants, patients[0], sorted(records, key=lambda record: (record["created_at"], int(record["id"]))))


@pytest.fixture
async def filled(library: Library) -> AsyncIterator[PatientsClient]:
    """K1 of the tenant with 120 attachments."""
    async with PatientsClient(library.tenants.base_url, library.tenants.k1) as client:
        yield client


async def listed(client: PatientsClient, *filters: str, path: str = ATTACHMENTS, **more: str) -> Json:
    query = urlencode([*(("q[]", each) for each in filters), *more.items()])
    return dict((await client.succeed("GET", f"{path}?{query}")).json)


async def refused(client: PatientsClient, query: str, path: str = ATTACHMENTS) -> Answer:
    answer = await client.call("GET", f"{path}?{query}")
    assert answer.status == 400, answer.body
    return answer


def code(answer: Answer) -> str:
    return str(answer.json["error_codes"]["base"])


def ids(page: Json) -> list[str]:
    return [record["id"] for record in page["patient_attachments"]]


async def test_patt_35_single_record_is_searched_by_archived_at_only(filled: PatientsClient, library: Library) -> None:
    """PATT-35"""
    path = f"{ATTACHMENTS}/{library.records[0]['id']}"
    answer = await refused(filled, "q[]=size:>1", path)
    assert (code(answer), answer.json["message"]) == ("column_not_searchable", "This column is not searchable.")
    assert answer.json["details"] == {"column": "size", "searchable": ["archived_at"]}
    assert (await filled.call("GET", f"{path}?q[]=archived_at:!?")).status == 200
    assert code(await refused(filled, "q[]=archived_at:x", path)) == "invalid_filter"


async def test_patt_36_archived_ones_are_hidden_unless_asked_for(k1: PatientsClient, patient: str) -> None:
    """PATT-36"""
    path = f"{PATIENTS}/{patient}/patient_attachments"
    made = [(await k1.add_document(patient)).json["id"] for _ in range(3)]
    await k1.succeed("POST", f"{ATTACHMENTS}/{made[1]}/archive")
    expected = {"": {made[0], made[2]}, "archived_at:*": set(made), "archived_at:?": {made[1]}, "archived_at:!?": {made[0], made[2]}}
    for filter_, shown in expected.items():
        for where, more in ((path, []), (ATTACHMENTS, [f"patient_id:={patient}"])):
            page = await listed(k1, *([filter_] if filter_ else []), *more, path=where)
            assert (set(ids(page)), page["total_entries"]) == (shown, len(shown))
    moment = (await k1.attachment(made[1])).json["archived_at"]
    assert ids(await listed(k1, f"archived_at:>={moment}", path=path)) == [made[1]]
    assert ids(await listed(k1, f"archived_at:>{moment}", path=path)) == []
    assert ids(await listed(k1, "archived_at:?", "archived_at:!?", path=path)) == []


@pytest.mark.parametrize(
    ("filter_", "passes"),
    [
        ("filename:=scan 1.pdf", lambda record: record["filename"] == "scan 1.pdf"),
        ("filename:!=scan 1.pdf", lambda record: record["filename"] != "scan 1.pdf"),
        ("filename:~SCAN 1", lambda record: "scan 1" in record["filename"]),
        ("filename:~~s%n_1.pdf", none),
        ("filename:~~S%1.pdf", lambda record: record["filename"] == "scan 1.pdf"),
        ("description:~nr 11", lambda record: record["description"].startswith("Nr 11")),
        ("description:!?", none),
        ("content_type:=application/pdf", every),
        ("size:>=103", lambda record: record["size"] >= 103),
        ("size:=100,102", lambda record: record["size"] in (100, 102)),
        ("size:!=0", every),
        ("size:<-1", none),
        ("processed_at:!?", none),
        ("archived_at:*", every),
        ("archived_at:?", none),
        ("user_id:>0", every),
        ("pinned_at", None),
    ],
)
async def test_patt_37_operators(filled: PatientsClient, library: Library, filter_: str, passes: Any) -> None:
    """PATT-37: what is allowed"""
    if passes is None:
        assert code(await refused(filled, f"q[]={filter_}")) == "invalid_filter"
        return
    page = await listed(filled, filter_, per_page="100")
    expected = [record["id"] for record in library.records if passes(record)]
    assert (ids(page), page["total_entries"]) == (expected[:100], len(expected))


@pytest.mark.parametrize(
    ("filter_", "expected", "details"),
    [
        (
            "created_at:=2014-08-30T18:00:00Z",
            "operator_not_allowed",
            {"column": "created_at", "operator": "=", "allowed": [">", ">=", "<", "<=", "?", "!?", "*"]},
        ),
        ("size:~1", "operator_not_allowed", {"column": "size", "operator": "~", "allowed": ["=", "!=", ">", ">=", "<", "<=", "?", "!?"]}),
        ("filename:*", "operator_not_allowed", {"column": "filename", "operator": "*", "allowed": ["=", "!=", "~", "~~", "?", "!?"]}),
        ("pinned_at:?", "column_not_searchable", {"column": "pinned_at", "searchable": COLUMNS}),
        ("processing_completed:=true", "column_not_searchable", {"column": "processing_completed", "searchable": COLUMNS}),
        ("size:=x", "invalid_filter", {"filter": "size:=x"}),
        ("size", "invalid_filter", {"filter": "size"}),
        ("created_at:>=2014-08-30", "invalid_filter", {"filter": "created_at:>=2014-08-30"}),
        ("archived_at:?x", "invalid_filter", {"filter": "archived_at:?x"}),
    ],
)
async def test_patt_37_refusals(filled: PatientsClient, filter_: str, expected: str, details: Json) -> None:
    """PATT-37: what is not; nothing is skipped"""
    answer = await refused(filled, f"q[]={quote(filter_)}")
    assert (code(answer), answer.json["details"]) == (expected, details)
    assert code(await refused(filled, f"q[]=size:?&q[]={quote(filter_)}")) == expected


async def test_patt_38_filters_are_joined_by_and(filled: PatientsClient, library: Library) -> None:
    """PATT-38"""
    low, high = library.records[30]["created_at"], library.records[60]["created_at"]
    page = await listed(filled, f"created_at:>={low}", f"created_at:<{high}", per_page="100")
    assert ids(page) == [record["id"] for record in library.records if low <= record["created_at"] < high]


async def test_patt_39_brackets_may_be_encoded_or_left_out(filled: PatientsClient) -> None:
    """PATT-39; a plus is a space"""
    wanted = (await filled.succeed("GET", f"{ATTACHMENTS}?q[]=filename:=scan%201.pdf")).json
    assert wanted["total_entries"] > 0
    for query in ("q%5B%5D=filename:=scan%201.pdf", "q=filename:=scan+1.pdf", "q[]=filename%3A%3Dscan+1%2Epdf&unknown=1"):
        found = (await filled.succeed("GET", f"{ATTACHMENTS}?{query}")).json
        assert ids(found) == ids(wanted)


async def test_patt_40_lists_of_ids(filled: PatientsClient, library: Library) -> None:
    """PATT-40"""
    numbers = [record["id"] for record in library.records]
    page = await listed(filled, "id:=" + ",".join(numbers[:100]), per_page="100")
    assert ids(page) == numbers[:100]
    assert code(await refused(filled, "q[]=id:=" + ",".join(numbers[:101]))) == "invalid_filter"


async def test_patt_41_too_many_filters(filled: PatientsClient) -> None:
    """PATT-41"""
    assert (await listed(filled, *["size:>0"] * 20))["total_entries"] == COUNT
    assert code(await refused(filled, "&".join(["q[]=size:>0"] * 21))) == "invalid_filter"
    assert code(await refused(filled, f"q[]=filename:={'x' * 2100}")) == "invalid_filter"


async def test_patt_42_the_patient_is_no_filter_of_its_own_list(filled: PatientsClient, library: Library) -> None:
    """PATT-42"""
    path = f"{PATIENTS}/{library.patient}/patient_attachments"
    answer = await refused(filled, "q[]=patient_id:=1", path)
    searchable = [name for name in COLUMNS if name != "patient_id"]
    assert (code(answer), answer.json["details"]) == ("column_not_searchable", {"column": "patient_id", "searchable": searchable})
    assert code(await refused(filled, "sort=patient_id", path)) == "column_not_sortable"
    case = await filled.case(library.patient)
    assert (await listed(filled, "patient_id:=1", path=f"{CASES}/{case}/patient_attachments"))["total_entries"] == 0
    mine = [record["id"] for record in library.records if record["patient"]["links"]["self"].endswith(f"/{library.patient}")]
    assert ids(await listed(filled, f"patient_id:={library.patient}", per_page="100")) == mine
    assert ids(await listed(filled, path=path, per_page="100")) == mine


async def test_patt_43_first_page(filled: PatientsClient, library: Library) -> None:
    """PATT-43"""
    page = (await filled.succeed("GET", ATTACHMENTS)).json
    assert ids(page) == [record["id"] for record in library.records][:50]
    assert page["patient_attachments"] == list(library.records[:50])
    assert (page["total_entries"], set(page)) == (COUNT, {"patient_attachments", "total_entries", "links"})
    assert set(page["links"]) == {"self", "next"}
    assert urlsplit(page["links"]["self"]).query == ""


async def test_patt_44_last_page_and_beyond(filled: PatientsClient) -> None:
    """PATT-44"""
    last = await listed(filled, page="3")
    assert (len(ids(last)), set(last["links"])) == (20, {"self", "previous"})
    beyond = await listed(filled, page="4")
    assert (ids(beyond), beyond["total_entries"], set(beyond["links"])) == ([], COUNT, {"self", "previous"})
    assert set((await listed(filled, page="2147483647"))["links"]) == {"self"}


async def test_patt_45_bounds_of_pages(filled: PatientsClient) -> None:
    """PATT-45"""
    for name, value, maximum in (("per_page", "0", 100), ("per_page", "101", 100), ("per_page", "x", 100), ("page", "0", 2147483647)):
        answer = await refused(filled, f"{name}={value}")
        assert (code(answer), answer.json["details"]) == ("invalid_paging", {"parameter": name, "minimum": 1, "maximum": maximum})
        assert name in answer.json["message"]
    for size in (1, 100):
        assert len(ids(await listed(filled, per_page=str(size)))) == size


async def test_patt_46_orders(filled: PatientsClient, library: Library) -> None:
    """PATT-46"""
    records = list(library.records)
    newest = sorted(sorted(records, key=lambda record: int(record["id"])), key=lambda record: record["created_at"], reverse=True)
    assert ids(await listed(filled, sort="created_at:desc", per_page="100")) == [record["id"] for record in newest][:100]
    largest = sorted(newest, key=lambda record: record["size"], reverse=True)
    page = await listed(filled, sort="size,created_at:desc", order="desc", per_page="100")
    assert ids(page) == [record["id"] for record in largest][:100]
    answer = await refused(filled, "sort=nope")
    assert (code(answer), answer.json["details"]) == ("column_not_sortable", {"column": "nope", "sortable": COLUMNS})
    assert code(await refused(filled, "order=up")) == "invalid_paging"
    assert code(await refused(filled, "sort=size,size")) == "invalid_paging"
    assert code(await refused(filled, "sort=" + ",".join(COLUMNS[:6]))) == "invalid_paging"


async def walk(client: PatientsClient, address: str) -> list[Json]:
    """Every page from this address on, by its links."""
    pages = []
    following: str | None = address
    while following is not None:
        parts = urlsplit(following)
        page = (await client.succeed("GET", f"{parts.path}?{parts.query}")).json
        pages.append(page)
        following = page["links"].get("next")
    return pages


@asynccontextmanager
async def projection(stack: Stack) -> AsyncIterator[AsyncCollection[Json]]:
    """The gateway's own rows, for what the API can not bring about."""
    client: AsyncMongoClient[Json] = AsyncMongoClient(stack.backing.mongo_url, tz_aware=True)
    async with client:
        yield client[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"]["patient_attachments"]


async def test_patt_47_ties_are_broken_by_id(stack: Stack, filled: PatientsClient, library: Library) -> None:
    """PATT-47"""
    mine = {"tenant": library.tenants.tenant}
    in_order = sorted((record["id"] for record in library.records), key=int)
    async with projection(stack) as rows:
        before = await rows.find(mine, {"created_at": 1}).to_list()
        await rows.update_many(mine, {"$set": {"created_at": datetime(2026, 1, 1, tzinfo=UTC)}})
        try:
            for sort in ("created_at", "created_at:desc", "content_type,created_at"):
                pages = await walk(filled, f"{ATTACHMENTS}?per_page=7&sort={sort}")
                assert [number for page in pages for number in ids(page)] == in_order
        finally:
            for row in before:
                await rows.update_one({"_id": row["_id"]}, {"$set": {"created_at": row["created_at"]}})


async def test_patt_48_missing_values_first(stack: Stack, k1: PatientsClient, patient: str) -> None:
    """PATT-48: one is made unprocessed again in the projection, because the background is soon done with it"""
    done, waiting = [(await k1.processed((await k1.add_document(patient)).json["id"])).json["id"] for _ in range(2)]
    async with projection(stack) as rows:
        assert (await rows.update_one({"id": int(waiting)}, {"$set": {"processed_at": MinKey()}})).modified_count == 1
    path = f"{PATIENTS}/{patient}/patient_attachments"
    assert ids(await listed(k1, path=path, sort="processed_at")) == [waiting, done]
    assert ids(await listed(k1, path=path, sort="processed_at:desc")) == [done, waiting]
    assert ids(await listed(k1, "processed_at:!?", path=path)) == [waiting]


async def test_patt_49_links_keep_filters_and_order(filled: PatientsClient) -> None:
    """PATT-49"""
    asked = [("q[]", "size:>=100"), ("q[]", "filename:~scan"), ("sort", "size,id:desc"), ("per_page", "33")]
    pages = await walk(filled, f"{ATTACHMENTS}?{urlencode(asked)}")
    for page in pages:
        query = parse_qsl(urlsplit(page["links"]["self"]).query)
        assert [pair for pair in query if pair[0] != "page"] == asked
    both = [await listed(filled, sort="size,id:desc", per_page="100", page=number) for number in ("1", "2")]
    assert [number for page in pages for number in ids(page)] == [number for page in both for number in ids(page)]
    assert [len(ids(page)) for page in both] == [100, 20]


async def test_patt_50_cases(k1: PatientsClient, patient: str) -> None:
    """PATT-50"""
    case, of_another = await k1.case(patient), await k1.case(await k1.patient())
    made = await k1.add_document(patient, patient_case_id=case)
    await k1.add_document(patient)
    assert made.json["patient_case"]["links"]["self"].endswith(f"{CASES}/{case}")
    page = await listed(k1, path=f"{CASES}/{case}/patient_attachments")
    assert (ids(page), page["total_entries"]) == ([made.json["id"]], 1)
    refusal = await k1.call(
        "POST", ATTACHMENTS, {"patient_id": patient, "upload_url": await k1.upload(patient), "patient_case_id": of_another}
    )
    assert (refusal.status, refusal.json["errors"]) == (422, {"patient_case_id": "must exist"})


async def test_patt_51_lists_of_unknown_parents(k1: PatientsClient, k2: PatientsClient, patient: str) -> None:
    """PATT-51; also with a bad filter"""
    case = await k1.case(patient)
    for client, path in (
        (k1, f"{CASES}/7/patient_attachments"),
        (k2, f"{CASES}/{case}/patient_attachments"),
        (k2, f"{PATIENTS}/{patient}/patient_attachments"),
        (k1, f"{PATIENTS}/x/patient_attachments?q[]=nope"),
    ):
        assert (await client.call("GET", path)).status == 404


async def test_lists_of_parents(k1: PatientsClient) -> None:
    """patient-attachments.md 12"""
    name = f"Zz{(await k1.patient())[-6:]}"
    made = [await k1.patient(last_name=name) for _ in range(3)]
    case = await k1.case(made[0], name)
    found = await listed(k1, f"last_name:={name}", path=PATIENTS, sort="id:desc", per_page="2")
    assert [each["id"] for each in found["patients"]] == made[:0:-1]
    assert (found["total_entries"], set(found["links"])) == (3, {"self", "next"})
    await k1.succeed("POST", f"{PATIENTS}/{made[1]}/archive")
    assert (await listed(k1, f"last_name:~{name[1:]}", path=PATIENTS))["total_entries"] == 2
    assert (await listed(k1, f"last_name:={name}", "archived_at:?", path=PATIENTS))["patients"][0]["id"] == made[1]
    assert [each["id"] for each in (await listed(k1, f"patient_id:={made[0]}", path=CASES))["patient_cases"]] == [case]
    answer = await refused(k1, "q[]=first_name:?", PATIENTS)
    searchable = ["archived_at", "created_at", "id", "last_name", "updated_at"]
    assert answer.json["details"] == {"column": "first_name", "searchable": searchable}
