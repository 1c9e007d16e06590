"""Acceptance cases: a service is away while a client asks (fhir-pas.md 4, 9, 16, 27)."""

import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from priorbus.devstack.backing import Backing
from priorbus.devstack.client import Client
from priorbus.devstack.pas import EXAMPLES, FHIR, PAS_2_2, request, response, seed
from priorbus.devstack.stack import Stack, running_stack

pytestmark = [
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent"),
    pytest.mark.timeout(420),
    pytest.mark.long,
]
CLAIM = f"{FHIR}/Claim/claim-1765213116210"


@pytest.fixture(scope="module")
def stack(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing) as running:
        yield running


@pytest.fixture
async def fhir(stack: Stack) -> AsyncIterator[Client]:
    tenant = f"t_{secrets.token_hex(6)}"
    _, made = stack.priorbus_batch(["tenants", "create", tenant], ["fhir", "token", "--tenant", tenant, "--client", "ehr1"])
    async with Client(stack.base_url, made["access_token"]) as client:
        yield client


async def test_fhir_16_storage_fails(stack: Stack, fhir: Client) -> None:
    """FHIR-16, and the same request works once storage is back."""
    await fhir.succeed("POST", f"{FHIR}/Claim/$submit", seed("002-0-claim-submit-request"))
    before = (await fhir.succeed("GET", CLAIM)).json["meta"]["versionId"]
    stack.service("storage").kill()
    try:
        failed = await fhir.call("POST", "/$submit-attachment", seed("001-0-submit-attachment-request"))
    finally:
        stack.service("storage").start()
    assert (failed.status, failed.json["resourceType"], len(failed.json["issue"])) == (500, "OperationOutcome", 1)
    assert (await fhir.succeed("GET", CLAIM)).json["meta"]["versionId"] == before
    assert (await fhir.succeed("GET", f"{FHIR}/DocumentReference")).json["total"] == 0
    await fhir.succeed("POST", "/$submit-attachment", seed("001-0-submit-attachment-request"))
    assert (await fhir.succeed("GET", f"{FHIR}/DocumentReference")).json["total"] == 1


async def test_fhir_58_the_owner_is_away(stack: Stack, fhir: Client) -> None:
    """FHIR-58, and the same request afterwards makes one authorization."""
    stack.service("fhir-pas").kill()
    try:
        answer = await fhir.call("POST", f"{PAS_2_2}/Claim/$submit", request("HC"))
    finally:
        stack.service("fhir-pas").start()
    assert (answer.status, answer.headers["Retry-After"], answer.json["resourceType"]) == (503, "5", "OperationOutcome")
    assert answer.json["issue"][0]["code"] in {"transient", "timeout"}
    found = response((await fhir.succeed("POST", f"{PAS_2_2}/Claim/$submit", request("HC"))).json)
    listed = (await fhir.succeed("GET", f"{PAS_2_2}/ClaimResponse")).json
    assert [one["resource"]["id"] for one in listed["entry"]] == [found["id"]]
