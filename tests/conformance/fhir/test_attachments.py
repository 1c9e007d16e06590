"""Acceptance cases: $submit-attachment on /fhir (fhir-pas.md 27), literally as the seed has it where the shared folder is present."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from priorbus.devstack.client import Answer, Client
from priorbus.devstack.stack import Stack

SEEDS = Path(__file__).parents[4] / "shared/fhir/examples/aidbox-seeds"
CLAIM = "Claim/claim-1765213116210"
ROOT = "/$submit-attachment"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the shared folder with the seed examples is absent")


def seed(name: str) -> Any:
    return json.loads((SEEDS / name).read_bytes())


def attachment(*, without: str = "", **values: Any) -> Any:
    """S1-0 with another value, or without a parameter."""
    body = seed("001-0-submit-attachment-request.json")
    body["parameter"] = [one for one in body["parameter"] if one["name"] != without]
    for one in body["parameter"]:
        if one["name"] in values:
            one.update(values[one["name"]])
    return body


@pytest.fixture
async def submitted(fhir: Client) -> Client:
    """After case 1."""
    await fhir.succeed("POST", "/fhir/Claim/$submit", seed("002-0-claim-submit-request.json"))
    return fhir


def rules(answer: Answer) -> list[str]:
    return [coding["code"] for issue in answer.json["issue"] for coding in issue["details"]["coding"][1:]]


async def test_fhir_4_5_6_accepted_associated_and_downloadable(submitted: Client) -> None:
    """FHIR-4, FHIR-5, FHIR-6"""
    request = attachment()
    before = (await submitted.succeed("GET", f"/fhir/{CLAIM}")).json
    answer = await submitted.call("POST", ROOT, request)
    assert (answer.status, answer.json) == (200, seed("001-1-submit-attachment-accepted.json"))

    claim = (await submitted.succeed("GET", f"/fhir/{CLAIM}")).json
    assert int(claim["meta"]["versionId"]) == int(before["meta"]["versionId"]) + 1
    (info,) = claim["supportingInfo"]
    assert info["category"]["coding"][0]["code"] == "additionalInformation"
    assert info["code"]["coding"][0]["code"] == "11506-3"

    document = (await submitted.succeed("GET", f"/fhir/{info['valueReference']['reference']}")).json
    kept = document["content"][0]["attachment"]
    assert "data" not in kept
    assert kept["size"] == 44
    sent = next(part["resource"] for one in request["parameter"] for part in one.get("part", ()) if "resource" in part)
    path = kept["url"][kept["url"].index("/fhir/Binary/") :]
    download = await submitted.succeed("GET", path)
    assert download.body == base64.b64decode(sent["content"][0]["attachment"]["data"])
    assert download.headers["Content-Type"].startswith("text/plain")
    again = await submitted.succeed("GET", path, headers={"Accept": "application/fhir+json"})
    assert again.json["data"] == sent["content"][0]["attachment"]["data"]
    version = await submitted.succeed("GET", f"{path}/_history/1")
    assert version.body == download.body
    for one in (download, again, version):
        assert (one.headers["ETag"], "Last-Modified" in one.headers) == ('W/"1"', True)
    assert (await submitted.call("GET", f"{path}/_history/2")).status == 404


async def test_an_inquiry_shows_the_claim_as_it_is_stored(submitted: Client) -> None:
    """fhir-pas.md 3: what came after the request is shown with the version that it made."""
    await submitted.succeed("POST", ROOT, attachment())
    bundle = (await submitted.succeed("POST", "/fhir/Claim/$inquire", seed("002-2-claim-inquire-request.json"))).json
    (shown,) = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Claim"]
    assert shown == (await submitted.succeed("GET", f"/fhir/{CLAIM}")).json
    assert len(shown["supportingInfo"]) == 1


async def test_fhir_7_no_claim(fhir: Client) -> None:
    """FHIR-7"""
    answer = await fhir.call("POST", "/fhir/$submit-attachment", attachment())
    assert (answer.status, answer.json) == (422, seed("001-2-submit-attachment-error-no-claim.json"))


@pytest.mark.parametrize(("case", "missing", "rule"), [("FHIR-8", "Final", "A-4"), ("FHIR-9", "MemberId", "A-3")])
async def test_fhir_8_9_missing_parameters(submitted: Client, case: str, missing: str, rule: str) -> None:
    """FHIR-8, FHIR-9"""
    answer = await submitted.call("POST", ROOT, attachment(without=missing))
    assert (answer.status, rule in rules(answer)) == (422, True)


async def test_fhir_10_attach_to_claim(submitted: Client) -> None:
    """FHIR-10"""
    answer = await submitted.call("POST", ROOT, attachment(AttachTo={"valueCode": "claim"}))
    assert (answer.status, answer.json) == (422, seed("001-2-submit-attachment-error-no-claim.json"))


async def test_fhir_11_attach_to_something_else(submitted: Client) -> None:
    """FHIR-11"""
    answer = await submitted.call("POST", ROOT, attachment(AttachTo={"valueCode": "foo"}))
    assert (answer.status, answer.json["issue"][0]["code"]) == (422, "code-invalid")


async def test_fhir_12_the_request_of_the_other_seed(submitted: Client) -> None:
    """FHIR-12"""
    answer = await submitted.call("POST", ROOT, seed("002-4-submit-attachment-request.json"))
    assert (answer.status, answer.json) == (200, seed("002-5-submit-attachment-accepted.json"))


async def test_fhir_13_without_code(submitted: Client) -> None:
    """FHIR-13"""
    request = attachment()
    for one in request["parameter"]:
        one["part"] = [part for part in one["part"] if part["name"] != "Code"] if "part" in one else None
    request["parameter"] = [{name: value for name, value in one.items() if value is not None} for one in request["parameter"]]
    assert (await submitted.call("POST", ROOT, request)).status == 200
    claim = (await submitted.succeed("GET", f"/fhir/{CLAIM}")).json
    assert "code" not in claim["supportingInfo"][0]


async def test_the_same_attachment_again_is_stored_once(submitted: Client) -> None:
    """FHIR-121, on /fhir"""
    await submitted.succeed("POST", ROOT, attachment())
    again = await submitted.succeed("POST", ROOT, attachment())
    assert again.headers["Idempotency-Replayed"] == "true"
    claim = (await submitted.succeed("GET", f"/fhir/{CLAIM}")).json
    assert len(claim["supportingInfo"]) == 1


async def test_a_large_attachment_goes_by_reference(submitted: Client) -> None:
    """fhir-pas.md 17: no bytes above 256 KiB through the broker."""
    request, content = attachment(), b"x" * 700_000
    for one in request["parameter"]:
        for part in one.get("part", ()):
            if "resource" in part:
                part["resource"]["content"][0]["attachment"]["data"] = base64.b64encode(content).decode()
    await submitted.succeed("POST", ROOT, request)
    claim = (await submitted.succeed("GET", f"/fhir/{CLAIM}")).json
    document = (await submitted.succeed("GET", f"/fhir/{claim['supportingInfo'][0]['valueReference']['reference']}")).json
    kept = document["content"][0]["attachment"]
    assert kept["size"] == len(content)
    assert (await submitted.succeed("GET", kept["url"][kept["url"].index("/fhir/Binary/") :])).body == content


@pytest.fixture
async def narrow(stack: Stack) -> AsyncIterator[tuple[Client, Client]]:
    """Two clients of one id: one with every scope, one that may not create documents."""
    tenant = f"t_{secrets.token_hex(6)}"
    token = ["fhir", "token", "--tenant", tenant, "--client", "ehr1"]
    scopes = ["--scope", "system/Claim.cruds", "--scope", "system/ClaimResponse.rs"]
    _, full, less = await asyncio.to_thread(stack.priorbus_batch, ["tenants", "create", tenant], token, [*token, *scopes])
    async with Client(stack.base_url, full["access_token"]) as one, Client(stack.base_url, less["access_token"]) as other:
        yield one, other


async def test_fhir_60_scopes_of_the_contents(narrow: tuple[Client, Client]) -> None:
    """FHIR-60"""
    full, less = narrow
    await full.succeed("POST", "/fhir/Claim/$submit", seed("002-0-claim-submit-request.json"))
    answer = await less.call("POST", ROOT, attachment())
    assert (answer.status, answer.json["issue"][0]["code"]) == (403, "forbidden")
    assert "system/DocumentReference.c" in answer.json["issue"][0]["diagnostics"]
    assert "supportingInfo" not in (await full.succeed("GET", f"/fhir/{CLAIM}")).json
    assert (await full.succeed("GET", "/fhir/DocumentReference")).json["total"] == 0
