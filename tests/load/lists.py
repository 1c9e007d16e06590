"""What a page of a filtered list costs at 10,000 and at 1,000,000 authorizations of one tenant (`python -m tests.load.lists <mongo url>`).

The rows are synthetic and go straight into projection databases; the pages are read by the gateway's own queries.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qsl

from aiohttp.web import BaseRequest

from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.http.call import Call
from priorbus.gateway.presentation.styles import STYLES
from priorbus.gateway.queries.authorizations import AuthorizationQueries
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.read_models import authorizations
from priorbus.runtime.clock import utc_now
from priorbus.runtime.mongo import Store
from tests.load.indexing import indexed
from tests.load.measure import table

FEW, MANY = 10_000, 1_000_000
TENANT = "t_bench"
NEWEST = datetime(2026, 6, 1, tzinfo=UTC)
CHANGED = NEWEST + timedelta(days=1)
_STATES = ("requires_input", "advance", "approve", "preparing", "submitting", "waiting_on_payer", "completed", "canceled")
_ACTIONS = {"requires_input": "provide_requirements", "advance": "advance_case", "approve": "approve_submission"}
_OUTCOMES = ("approved", "denied", "modified", "not_required", "failed")
_JSON = b'{"id":"auth_x","state":"advance","padding":"' + b"x" * 80 + b'"}'
_BATCH = 10_000
_ROUNDS = 200
_CHANGED_ROWS = 100

QUERIES = (
    "",
    "status=canceled",
    "status=requires_confirmation",
    "outcome=modified",
    "payerId=payer_3",
    "providerNpi=1000000007",
    "nextActionType=approve_submission",
    "metadata[site]=7",
    "createdAfter=2026-05-31T23:00:00Z",
    "createdBefore=2026-05-31T23:00:00Z",
    "updatedAfter=2026-06-01T12:00:00Z",
    "updatedAfter=2026-05-31T23:00:00Z",
    "status=completed&payerId=payer_3&createdBefore=2026-05-31T23:00:00Z",
)
"""Each filter alone, and a usual combination. After 2026-06-01T12:00 only a hundred old cases were changed."""


@dataclass(frozen=True)
class Row:
    """One query: median milliseconds of its first page and of the page after it, with few and with many authorizations."""

    query: str
    few_ms: float
    many_ms: float
    few_next_ms: float
    many_next_ms: float

    @property
    def ratio(self) -> float:
        """How much more a page costs with many; the worse one of both pages."""
        return max(self.many_ms / self.few_ms, self.many_next_ms / self.few_next_ms)

    def as_json(self) -> dict[str, object]:
        """The row of the JSON report."""
        return {
            "query": self.query or "(none)",
            "ms_10000": round(self.few_ms, 3),
            "ms_1000000": round(self.many_ms, 3),
            "next_page_ms_10000": round(self.few_next_ms, 3),
            "next_page_ms_1000000": round(self.many_next_ms, 3),
            "ratio": round(self.ratio, 2),
        }


async def measure(mongo_url: str, *, few: int = FEW, many: int = MANY) -> list[Row]:
    """Fill two databases, time a page of every query in both by turns, drop them again. Takes some minutes with a million rows."""
    async with _filled(mongo_url, few) as small, _filled(mongo_url, many) as large:
        return [await _row(query, small, large) for query in QUERIES]


def report(rows: Sequence[Row]) -> str:
    """The rows as text; the bound is a ratio of 2."""
    heading = ["list query", "10,000: ms", "next page", "1,000,000: ms", "next page", "ratio"]
    figures = [[r.few_ms, r.few_next_ms, r.many_ms, r.many_next_ms, r.ratio] for r in rows]
    return table([heading, *([r.query or "(none)", *(f"{f:.2f}" for f in line)] for r, line in zip(rows, figures, strict=True))])


@asynccontextmanager
async def _filled(mongo_url: str, count: int) -> AsyncIterator[AuthorizationQueries]:
    async with Store.open(mongo_url, f"bench_lists_{count}") as store:
        rows = store.database[authorizations.COLLECTION]
        try:
            batch: list[dict[str, Any]] = []
            for document in documents(count):
                batch.append(document)
                if len(batch) == _BATCH:
                    await rows.insert_many(batch, ordered=False)
                    batch = []
            if batch:
                await rows.insert_many(batch, ordered=False)
            await indexed(store)
            yield AuthorizationQueries(store.database, Cursors(b"x" * 32, utc_now))
        finally:
            await store.database.client.drop_database(store.database.name)


def documents(count: int) -> Iterator[dict[str, Any]]:
    """Cases of one tenant a second apart, the same mixture whatever their number."""
    chance = random.Random(1)
    changed = set(chance.sample(range(count), _CHANGED_ROWS))
    for number in range(count):
        state = chance.choice(_STATES)
        created = NEWEST - timedelta(seconds=number)
        authorization_id = f"auth_{count - number:026}"
        yield {
            "_id": authorizations.document_id(TENANT, authorization_id),
            "rank": 1,
            "tenant": TENANT,
            "id": authorization_id,
            "state": state,
            "outcome": chance.choice(_OUTCOMES) if state == "completed" else None,
            "payer_id": f"payer_{chance.randrange(5)}",
            "provider_npi": f"1{chance.randrange(100):09}",
            "action": _ACTIONS.get(state),
            "metadata": [authorizations.metadata_entry("site", str(chance.randrange(100)))],
            "created_at": created,
            "updated_at": CHANGED if number in changed else created + timedelta(minutes=chance.randrange(60)),
            "json": _JSON,
        }


async def _row(query: str, small: AuthorizationQueries, large: AuthorizationQueries) -> Row:
    timed: list[list[float]] = [[], [], [], []]
    following = [await _page(queries, query) for queries in (small, large)]
    for _ in range(_ROUNDS):
        for number, queries in enumerate((small, large)):
            timed[number].append(await _time(queries, query))
            timed[number + 2].append(await _time(queries, f"{query}&cursor={following[number]}"))
    return Row(query, *(1000 * statistics.median(one) for one in timed))


async def _time(queries: AuthorizationQueries, query: str) -> float:
    began = time.perf_counter()
    await _page(queries, query)
    return time.perf_counter() - began


async def _page(queries: AuthorizationQueries, query: str) -> str:
    """Read one page; the cursor of the next one."""
    principal = Principal(TENANT, "bench", 1, frozenset(("*",)))
    path = STYLES["B"].root
    call = Call(cast(BaseRequest, None), "req_bench", principal, "GET", path, {}, parse_qsl(query))
    cases, cursor = await queries.page(call, STYLES["B"])
    if not cases or cursor is None:
        raise RuntimeError(f"too few cases for {query}")
    return cursor


def main() -> None:
    """Measure on the servers of the given address and print."""
    sys.stdout.write(report(asyncio.run(measure(sys.argv[1]))) + "\n")


if __name__ == "__main__":
    main()
