"""What a page costs at 1,000,000 patient attachments of one tenant (`python -m tests.load.patient_lists <mongo url>`).

Every filter, every order and usual combinations, first and deep pages, read by the gateway's own queries; the rows are synthetic. A page
tells its number of records, so the first one costs what counting them in an index costs; large numbers are kept for a few seconds.
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
from priorbus.gateway.queries.lists import Listed, Lists
from priorbus.gateway.queries.selections import Parent
from priorbus.gateway.read_models.patients import ATTACHMENTS
from priorbus.runtime.mongo import Store
from tests.load.indexing import indexed
from tests.load.measure import table

MANY = 1_000_000
TENANT = "t_bench"
START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = 1 << 60
_PATIENTS = 50_000
_BATCH = 10_000
_ROUNDS = 4
_WORDS = ("knee", "shoulder", "letter", "referral", "scan", "report", "x-ray", "mri", "visit note", "lab")
_TYPES = ("application/pdf", "image/png", "image/jpeg", "image/tiff")
_PADDING = "x" * 300

FILTERS = (
    "archived_at:*",
    "archived_at:?",
    "archived_at:>=2026-01-08T00:00:00Z",
    "content_type:=image/tiff",
    "created_at:>=2026-01-08T00:00:00Z",
    "description:~shoulder",
    "description:~~mri 77%",
    "filename:=scan 1234.pdf",
    "filename:~77.pdf",
    f"id:={FIRST + 5},{FIRST + 7},{FIRST + 900}",
    f"id:>{FIRST + MANY // 2}",
    f"patient_id:={FIRST + 17}",
    "processed_at:!?",
    "size:>26000000",
    "size:!=0",
    "updated_at:<2026-01-02T00:00:00Z",
    "user_id:=3",
)
"""Each filter field with a narrow or a wide test."""

QUERIES = (
    "",
    "page=1000",
    "page=18000",
    *(f"q[]={name}".replace("+", "%2B") for name in FILTERS),
    *(f"sort={name}{direction}" for name in ATTACHMENTS.columns for direction in ("", ":desc")),
    "sort=content_type,size:desc",
    "sort=size,created_at:desc&order=desc",
    "q[]=content_type:=image/tiff&q[]=created_at:>=2026-01-08T00:00:00Z&sort=size:desc",
    "q[]=size:>20000000&q[]=filename:~7&sort=updated_at:desc",
    "q[]=processed_at:<2026-01-02T00:00:00Z&sort=created_at:desc",
    "q[]=created_at:<2026-01-07T00:00:00Z&sort=updated_at:desc",
    "q[]=updated_at:<2026-01-07T00:00:00Z&sort=created_at:desc",
    "q[]=size:>13000000&q[]=user_id:<10&sort=filename:desc",
    "q[]=filename:~scan&q[]=description:~the&q[]=size:!=0",
)


@dataclass(frozen=True)
class Row:
    """One query: how many records pass, milliseconds of a page whose records must be counted, and of one shortly after (median)."""

    query: str
    total: int
    counting_ms: float
    following_ms: float

    def as_json(self) -> dict[str, object]:
        """The row of the JSON report."""
        return {
            "query": self.query or "(none)",
            "total": self.total,
            "counting_ms": round(self.counting_ms, 2),
            "following_ms": round(self.following_ms, 2),
        }


async def measure(mongo_url: str, *, count: int = MANY) -> list[Row]:
    """Fill a database, time every query, drop it again. Takes some minutes with a million rows."""
    async with _filled(mongo_url, count) as lists:
        rows = [await _row(lists, query, None) for query in QUERIES]
        return [*rows, await _row(lists, "", Parent("patient_id", FIRST + 17))]


def report(rows: Sequence[Row]) -> str:
    """The rows as text."""
    heading = ["patient attachments: query", "records", "ms, counting", "ms, after that"]
    return table([heading, *([r.query or "(none)", str(r.total), f"{r.counting_ms:.1f}", f"{r.following_ms:.1f}"] for r in rows)])


@asynccontextmanager
async def _filled(mongo_url: str, count: int) -> AsyncIterator[Lists]:
    async with Store.open(mongo_url, f"bench_patients_{count}") as store:
        rows = store.database[ATTACHMENTS.collection]
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
            yield Lists(store.database, ATTACHMENTS)
        finally:
            await store.database.client.drop_database(store.database.name)


def documents(count: int) -> Iterator[dict[str, Any]]:
    """Attachments of one tenant a second apart; one in ten is archived, one in a hundred not processed."""
    chance = random.Random(1)
    for number in range(count):
        created = START + timedelta(seconds=number)
        done = chance.random() < 0.99
        word = chance.choice(_WORDS)
        state = {
            "id": FIRST + number,
            "tenant": TENANT,
            "version": 3,
            "patient_id": FIRST + chance.randrange(_PATIENTS),
            "patient_case_id": None,
            "user_id": chance.randrange(1, 20),
            "description": f"{word} {chance.randrange(1000)} of the patient",
            "filename": f"{word} {chance.randrange(10_000)}.pdf" if done else None,
            "content_type": chance.choice(_TYPES) if done else None,
            "size": chance.randrange(26_214_400) if done else None,
            "processed_at": (created + timedelta(seconds=2)).isoformat() if done else None,
            "created_at": created.isoformat(),
            "updated_at": (created + timedelta(minutes=chance.randrange(600))).isoformat(),
            "archived_at": (created + timedelta(days=1)).isoformat() if chance.random() < 0.1 else None,
            "upload_key": _PADDING,
        }
        yield ATTACHMENTS.document(state)


async def _row(lists: Lists, query: str, parent: Parent | None) -> Row:
    timed, total = [], 0
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        total = (await _page(lists, query, parent)).total
        timed.append(1000 * (time.perf_counter() - began))
    return Row(query if parent is None else "(one patient's)", total, timed[0], statistics.median(timed[1:]))


async def _page(lists: Lists, query: str, parent: Parent | None) -> Listed:
    principal = Principal(TENANT, "bench", 1, frozenset(("*",)))
    return await lists.page(Call(cast(BaseRequest, None), "req_bench", principal, "GET", "/v1/x", {}, parse_qsl(query)), parent)


def main() -> None:
    """Measure on the servers of the given address and print."""
    sys.stdout.write(report(asyncio.run(measure(sys.argv[1]))) + "\n")


if __name__ == "__main__":
    main()
