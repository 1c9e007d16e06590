"""Acceptance cases: the connector `fhir`, with a second tenant as the remote payer (fhir-pas.md 22, 27)."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.client import Client
from priorbus.devstack.fhir_cases import claim_bundle
from priorbus.devstack.pas import EXAMPLES, PAS_2_2, Resource, actions, extension, number, request, response
from priorbus.devstack.remote_payer import Partners, partners
from priorbus.devstack.stack import Stack

pytestmark = pytest.mark.timeout(420)
needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")


@dataclass(frozen=True)
class Parties:
    """`ehr` sends, `payer` sees what the payer has, `api` is the REST API of the tenant that sends."""

    ehr: Client
    payer: Client
    api: Client


@pytest.fixture(scope="module")
def made(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Partners:
    return partners(stack, tmp_path_factory.mktemp("keys"), PAS_2_2, subscribes=True)


@pytest.fixture
async def parties(stack: Stack, made: Partners) -> AsyncIterator[Parties]:
    async with opened(stack, made) as found:
        yield found


@asynccontextmanager
async def opened(stack: Stack, made: Partners) -> AsyncIterator[Parties]:
    async with (
        Client(stack.base_url, made.provider_token) as ehr,
        Client(stack.base_url, made.payer_token) as payer,
        Client(stack.base_url, made.api_key) as api,
    ):
        yield Parties(ehr, payer, api)


async def submit(client: Client, bundle: Resource) -> Resource:
    answer = await client.succeed("POST", f"{PAS_2_2}/Claim/$submit", bundle)
    parsed: Resource = answer.json
    return parsed


async def stored(client: Client, kind: str, **wanted: str) -> list[Resource]:
    """What a tenant has, the newest first."""
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    found = (await client.succeed("GET", f"/fhir/{kind}?_count=100&{query}")).json
    return [one["resource"] for one in found.get("entry", ())]


async def later(client: Client, bundle: Resource, expected: dict[int, str]) -> Resource:
    """The replayed answer once the items are decided so."""
    async with asyncio.timeout(60):
        while actions(found := response(await submit(client, bundle))) != expected:
            await asyncio.sleep(0.3)
    return found


@needs_examples
async def test_the_payers_decision_is_the_answer(parties: Parties) -> None:
    """Numbers are kept as the payer gave them."""
    found = response(await submit(parties.ehr, request("HC", {2: "PB002"})))
    assert actions(found) == {1: "A1", 2: "A3"}
    assert found["processNote"][0]["text"] == "Not covered by the sandbox plan"
    (theirs,) = [one for one in await stored(parties.payer, "ClaimResponse") if actions(one) == {1: "A1", 2: "A3"}]
    assert number(found, 1) == number(theirs, 1)
    assert theirs["id"] != found["id"]


@needs_examples
async def test_late_decisions_come_by_notification(parties: Parties) -> None:
    """Our Subscription at the payer, of which our own handshake and its `$status` tell; inquiries would come a day later."""
    async with asyncio.timeout(60):
        while not await stored(parties.payer, "Subscription", status="active"):
            await asyncio.sleep(0.2)
    bundle = request("HC", {1: "PB003"})
    assert actions(response(await submit(parties.ehr, bundle))) == {1: "A4", 2: "A1"}
    decided = await later(parties.ehr, bundle, {1: "A1", 2: "A1"})
    theirs = [one for one in await stored(parties.payer, "ClaimResponse") if actions(one) == {1: "A1", 2: "A1"}]
    assert number(decided, 1) in {number(one, 1) for one in theirs}


async def test_a_callback_needs_its_secret(stack: Stack, parties: Parties) -> None:
    """Neither strangers nor FHIR clients tell us decisions."""
    body = {"resourceType": "Bundle", "type": "history"}
    async with Client(stack.base_url, "gAAAAA-forged") as stranger:
        for client in (stranger, parties.ehr):
            answer = await client.call("POST", "/payer-notifications/psub_1", body)
            assert (answer.status, answer.json["resourceType"]) == (401, "OperationOutcome")


@pytest.mark.long
@needs_examples
async def test_a_pended_request_is_asked_for_until_it_is_decided(stack: Stack, tmp_path: Path) -> None:
    """Where the payer does not know us, so that there is no Subscription."""
    made = await asyncio.to_thread(partners, stack, tmp_path, PAS_2_2)
    async with opened(stack, made) as parties:
        await asked_for(parties)


async def asked_for(parties: Parties) -> None:
    bundle = request("HC", {1: "PB003"})
    pended = response(await submit(parties.ehr, bundle))
    assert actions(pended) == {1: "A4", 2: "A1"}
    decided = await later(parties.ehr, bundle, {1: "A1", 2: "A1"})
    assert number(decided, 1) in {number(one, 1) for one in await stored(parties.payer, "ClaimResponse") if len(actions(one)) == 2}
    reference = "administrationReferenceNumber"
    assert extension(decided["item"][0], reference) == extension(pended["item"][0], reference)


@needs_examples
async def test_business_errors_come_through(parties: Parties) -> None:
    found = response(await submit(parties.ehr, request("HC", {1: "PB007"})))
    (error,) = found["error"]
    assert (found["outcome"], error["code"]["coding"][0]["code"]) == ("error", "15")


async def test_what_the_payer_refuses_is_a_business_error(parties: Parties) -> None:
    """FHIR-132: a request that is good enough here, but not for the payer's stricter rules"""
    answer = await parties.ehr.succeed("POST", "/fhir/Claim/$submit", claim_bundle("refused", "PB001"))
    found = response(answer.json)
    assert found["error"][0]["code"]["coding"][0]["code"] == "33"
    assert found["processNote"][0]["text"]


@needs_examples
async def test_an_update_reaches_the_payer(parties: Parties) -> None:
    await submit(parties.ehr, request("HC"))
    updated = response(await submit(parties.ehr, request("HCU")))
    assert actions(updated) == {1: "A1", 2: "C", 3: "A1"}
    assert {1: "A1", 2: "C", 3: "A1"} in [actions(one) for one in await stored(parties.payer, "ClaimResponse")]


@needs_examples
async def test_fhir_124_documents_go_to_the_payer_with_their_data(parties: Parties) -> None:
    """FHIR-124"""
    bundle = request("REF")
    sent = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "DocumentReference"]
    await submit(parties.ehr, bundle)
    for client in (parties.ehr, parties.payer):
        kept = {one["content"][0]["attachment"]["size"]: one for one in await stored(client, "DocumentReference")}
        for document in sent:
            raw = base64.b64decode(document["content"][0]["attachment"]["data"])
            attachment = kept[len(raw)]["content"][0]["attachment"]
            assert "data" not in attachment
            path = attachment["url"].partition("/fhir/")[2]
            assert (await client.succeed("GET", f"/fhir/{path}")).body == raw


def attachments(tracking: Resource, member: Resource, *, final: bool, text: bytes) -> Resource:
    """One note as an answer to what the payer wants of item 1."""
    content = {"contentType": "text/plain", "data": base64.b64encode(text).decode()}
    parts = [
        {"name": "LineItem", "valueString": "1"},
        {"name": "Code", "valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]}},
        {"name": "Content", "resource": {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": content}]}},
    ]
    named = [
        {"name": "TrackingId", "valueIdentifier": tracking},
        {"name": "AttachTo", "valueCode": "preauthorization"},
        {"name": "OrganizationId", "valueIdentifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "8189991234"}},
        {"name": "MemberId", "valueIdentifier": member},
        {"name": "Final", "valueBoolean": final},
        {"name": "Attachment", "part": parts},
    ]
    return {"resourceType": "Parameters", "parameter": named}


async def noted(client: Client, text: bytes) -> list[Resource]:
    """The tenant's DocumentReferences of a note of this length."""
    found = await stored(client, "DocumentReference")
    return [one for one in found if one["content"][0]["attachment"]["size"] == len(text)]


@needs_examples
async def test_attachments_reach_the_payer_once_and_decide(parties: Parties) -> None:
    """Under the name that our own answer gave, which the payer does not know; each call is made twice."""
    bundle = request("HC", {1: "PB006"})
    pended = response(await submit(parties.ehr, bundle))
    assert actions(pended) == {1: "A4", 2: "A1"}
    patient = next(one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Patient")
    member = {name: patient["identifier"][0][name] for name in ("system", "value")}
    texts = (b"a first note for the payer", b"the second and last note for the payer")
    for text, final in zip(texts, (False, True), strict=True):
        body = attachments(pended["identifier"][0], member, final=final, text=text)
        for _ in range(2):
            await parties.ehr.succeed("POST", f"{PAS_2_2}/$submit-attachment", body)
        async with asyncio.timeout(60):
            while not await noted(parties.payer, text):
                await asyncio.sleep(0.3)
    await later(parties.ehr, bundle, {1: "A1", 2: "A1"})
    for text in texts:
        (document,) = await noted(parties.payer, text)
        path = document["content"][0]["attachment"]["url"].partition("/fhir/")[2]
        assert (await parties.payer.succeed("GET", f"/fhir/{path}")).body == text


async def test_a_rest_authorization_goes_out_with_its_files(parties: Parties) -> None:
    """The built Bundle passes the payer's strict rules, the attached file as data."""
    api = parties.api
    await api.succeed("POST", "/v1/providers", {"npi": PROVIDER_NPI, "displayName": "Example Clinic"})
    advance = await api.advance_case("SBX-APPROVE")
    await api.confirm(advance)
    case: dict[str, Any] = (await api.until(advance.json["id"], "completed", seconds=60)).json
    assert case["outcome"] == "approved"
    (document,) = [one for one in await stored(parties.payer, "DocumentReference") if one.get("type", {}).get("text") == "clinical_notes"]
    path = document["content"][0]["attachment"]["url"].partition("/fhir/")[2]
    assert (await parties.payer.succeed("GET", f"/fhir/{path}")).body.startswith(b"%PDF")


async def test_keys_are_written_once_and_private(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    public = await asyncio.to_thread(stack.priorbus, "pas", "endpoint", "key", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert "d" not in public["keys"][0]
