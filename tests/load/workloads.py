"""The workloads of the benchmark, as operations of an EHR-side client."""

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from priorbus.devstack import cases, fhir_cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from tests.load.measure import Operation
from tests.load.wire import wires

_bundles = itertools.count()
"""Numbers never come again, or the stack would answer from memory."""


@asynccontextmanager
async def patching(base_url: str, api_key: str, clients: int) -> AsyncIterator[Operation]:
    """Each client PATCHes one answer of its own case; the case holds a whole questionnaire."""
    async with _filled_cases(base_url, api_key, clients) as filled, wires(base_url, api_key, clients) as lines:
        paths = [f"{AUTHORIZATIONS}/{case.json['id']}/answers" for case in filled]
        etags = [case.etag for case in filled]
        turns = [itertools.count() for _ in range(clients)]

        async def patch(number: int) -> None:
            body = cases.answers(cases.item("patient.middleName", cases.text(f"Turn {next(turns[number])}")))
            etags[number] = await lines[number].send("PATCH", paths[number], body, {"If-Match": etags[number]})

        yield patch


@asynccontextmanager
async def reading(base_url: str, api_key: str, clients: int) -> AsyncIterator[Operation]:
    """Each client GETs its own case."""
    async with _filled_cases(base_url, api_key, clients) as filled, wires(base_url, api_key, clients) as lines:
        paths = [f"{AUTHORIZATIONS}/{case.json['id']}" for case in filled]

        async def get(number: int) -> None:
            await lines[number].send("GET", paths[number])

        yield get


@asynccontextmanager
async def whole_cases(base_url: str, api_key: str, clients: int) -> AsyncIterator[Operation]:
    """Create with full answers, upload and attach a document, confirm, wait for the payer's decision."""
    async with Client(base_url, api_key, connections=2 * clients) as client:

        async def case(_: int) -> None:
            advance = await client.advance_case("SBX-APPROVE-NOW")
            await client.confirm(advance)
            await client.until(advance.json["id"], "completed", seconds=60)

        yield case


@asynccontextmanager
async def submitting(base_url: str, token: str, clients: int) -> AsyncIterator[Operation]:
    """Each operation is a new PAS request bundle."""
    async with wires(base_url, token, clients) as lines:

        async def submit(number: int) -> None:
            bundle = fhir_cases.claim_bundle(f"{os.getpid()}-{next(_bundles)}")
            await lines[number].send("POST", "/fhir/Claim/$submit", bundle)

        yield submit


@asynccontextmanager
async def _filled_cases(base_url: str, api_key: str, count: int) -> AsyncIterator[list[Answer]]:
    async with Client(base_url, api_key, connections=count) as client:
        yield [await client.create(cases.mri_create(questionnaireResponse={"item": cases.full_answers()})) for _ in range(count)]
