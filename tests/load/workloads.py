"""The workloads of the benchmark, as operations of an EHR-side client."""

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from priorbus.devstack import cases, fhir_cases
from priorbus.devstack.client import Answer, Client
from tests.load.measure import Operation


@asynccontextmanager
async def patching(base_url: str, api_key: str, clients: int) -> AsyncIterator[Operation]:
    """Each client PATCHes one answer of its own case; the case holds a whole questionnaire."""
    async with Client(base_url, api_key, connections=clients) as client:
        filled = [await _filled_case(client) for _ in range(clients)]
        ids, etags = [case.json["id"] for case in filled], [case.etag for case in filled]
        turns = [itertools.count() for _ in range(clients)]

        async def patch(number: int) -> None:
            value = cases.text(f"Turn {next(turns[number])}")
            etags[number] = (await client.patch(ids[number], etags[number], cases.item("patient.middleName", value))).etag

        yield patch


@asynccontextmanager
async def reading(base_url: str, api_key: str, clients: int) -> AsyncIterator[Operation]:
    """Each client GETs its own case."""
    async with Client(base_url, api_key, connections=clients) as client:
        ids = [(await _filled_case(client)).json["id"] for _ in range(clients)]

        async def get(number: int) -> None:
            await client.get(ids[number])

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
    numbers = itertools.count()
    async with Client(base_url, token, connections=clients) as client:

        async def submit(_: int) -> None:
            await client.succeed("POST", "/fhir/Claim/$submit", fhir_cases.claim_bundle(f"{os.getpid()}-{next(numbers)}"))

        yield submit


async def _filled_case(client: Client) -> Answer:
    return await client.create(cases.mri_create(questionnaireResponse={"item": cases.full_answers()}))
