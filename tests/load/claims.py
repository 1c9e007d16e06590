"""Does a submit cost more when many are stored? CPU per `$submit` with few and with many stored claims (`python -m tests.load.claims`).

Stored claims are copies of one that the service itself has stored: the same documents under other names.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from priorbus.devstack.backing import Backing, backing
from priorbus.devstack.client import Client
from priorbus.devstack.fhir_cases import claim_bundle
from priorbus.devstack.stack import Stack, running_stack
from tests.load import workloads
from tests.load.measure import Meter, Run, drive, table
from tests.load.processes import processes

SMALL, LARGE = 1_000, 200_000
BOUND: Final = 1.25
_CLIENTS, _WARM_UP, _SUBMITS = 16, 500, 800
_TENANT, _NAME = "t_bench_claims", "stored-00000000"
_COLLECTIONS = ("resources", "submissions", "raw_requests", "authorizations")
_SHARED = ("Organization/",)
_BATCH = 2_000
_UNIQUE = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|:[0-9a-f]{32}\x00")
"""Ids and hashed keys: what must differ from claim to claim beside the name."""
_TAIL = 12


@dataclass(frozen=True)
class Row:
    """The submits measured with so many claims stored."""

    stored: int
    run: Run

    @property
    def cpu_micros(self) -> float:
        """CPU microseconds per submit over all processes."""
        return sum(map(self.run.cpu_micros, self.run.cpu))

    def as_json(self) -> dict[str, object]:
        """The row of the JSON report."""
        return {"stored": self.stored, "cpu_us_per_submit": round(self.cpu_micros), **self.run.as_json()}


def measure(servers: Backing, root: Path, large: int = LARGE) -> list[Row]:
    """Submits with few and with `large` claims stored, in one stack."""
    with running_stack(root, backing=servers) as stack:
        _, token = stack.priorbus_batch(["tenants", "create", _TENANT], ["fhir", "token", "--tenant", _TENANT, "--client", "bench"])
        return asyncio.run(_measure(stack, token["access_token"], (SMALL, large)))


async def _measure(stack: Stack, token: str, sizes: tuple[int, int]) -> list[Row]:
    async with Client(stack.base_url, token) as client:
        await client.succeed("POST", "/fhir/Claim/$submit", claim_bundle(_NAME))
    rows, there = [], 1
    async with AsyncMongoClient[Any](stack.backing.mongo_url, document_class=RawBSONDocument) as mongo:
        database = mongo[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_fhir_pas"]
        originals = {name: [one async for one in database[name].find({"tenant": _TENANT})] for name in _COLLECTIONS}
        for wanted in sizes:
            for name, documents in originals.items():
                await _fill(database[name], _copies(documents, there, wanted))
            there = wanted
            await mongo.admin.command("fsync")
            rows.append(Row(wanted, await _submits(stack, wanted, Meter(processes(stack)))))
            there = await database["submissions"].count_documents({"tenant": _TENANT})
            if there < wanted + _WARM_UP + _SUBMITS:
                raise RuntimeError("submits were answered that were not stored")
    return rows


async def _fill(rows: AsyncCollection[Any], batches: Iterator[list[RawBSONDocument]]) -> None:
    """Insert without indexes, which are built afterwards in one go: far less work than one document after the other."""
    indexes = [dict(one) async for one in await rows.list_indexes() if one["name"] != "_id_"]
    await rows.drop_indexes()
    for batch in batches:
        await rows.insert_many(batch, ordered=False)
    await rows.database.command({"createIndexes": rows.name, "indexes": indexes})


async def _submits(stack: Stack, stored: int, meter: Meter) -> Run:
    # tokens live for five minutes, and storing takes a while
    token = await asyncio.to_thread(stack.priorbus, "fhir", "token", "--tenant", _TENANT, "--client", "bench")
    async with workloads.submitting(stack.base_url, token["access_token"], _CLIENTS) as submit:
        await drive("warm-up", _CLIENTS, submit, count=_WARM_UP)
        return await drive(f"FHIR submit, {stored} stored", _CLIENTS, submit, count=_SUBMITS, meter=meter)


def _copies(documents: list[RawBSONDocument], first: int, end: int) -> Iterator[list[RawBSONDocument]]:
    """Batches of copies, numbered; what all claims share is left out."""
    templates = [one.raw for one in documents if not any(shared in str(one["_id"]) for shared in _SHARED)]
    batch: list[RawBSONDocument] = []
    for number in range(first, end):
        batch.extend(RawBSONDocument(_renamed(bytes(template), number)) for template in templates)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _renamed(template: bytes, number: int) -> bytes:
    """Names and ids of the same length, so that the document's inner lengths stay right."""
    name = f"stored-{number:08}".encode()
    tail = f"{number:0{_TAIL}x}".encode()
    return _UNIQUE.sub(lambda found: _numbered(found[0], tail), template.replace(_NAME.encode(), name))


def _numbered(text: bytes, tail: bytes) -> bytes:
    end = b"\x00" if text.endswith(b"\x00") else b""
    return text[: len(text) - _TAIL - len(end)] + tail + end


def growth(rows: list[Row]) -> float:
    """CPU per submit with many stored claims, over that with few."""
    return rows[-1].cpu_micros / rows[0].cpu_micros


def report(rows: list[Row]) -> str:
    """The rows as text, and what is to be reached."""
    heading = ["stored claims", "submits/s", "p50 ms", "CPU µs per submit", "of it fhir-pas", "of it mongodb"]
    lines = [
        [
            f"{row.stored:,}",
            f"{row.run.rate:.0f}",
            f"{row.run.percentile(0.5):.1f}",
            f"{row.cpu_micros:.0f}",
            f"{row.run.cpu_micros('fhir-pas'):.0f}",
            f"{row.run.cpu_micros('mongodb'):.0f}",
        ]
        for row in rows
    ]
    return table([heading, *lines]) + f"\nCPU per submit, many stored ÷ few stored: {growth(rows):.2f} (bound ≤ {BOUND})"


def main() -> None:
    """Measure on servers of its own and print; the argument is how many claims are many."""
    large = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    with tempfile.TemporaryDirectory(prefix="priorbus-bench-") as folder, backing(Path(folder) / "servers") as servers:
        sys.stdout.write(report(measure(servers, Path(folder) / "stack", large)) + "\n")


if __name__ == "__main__":
    main()
