"""Acceptance cases: $submit-attachment on the PAS bases (fhir-pas.md 16, 27)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from priorbus.devstack.client import Client
from tests.conformance.fhir.conftest import Parties

EXAMPLES = Path(__file__).parents[4] / "shared/fhir/examples"
BASE = "/pas/2.2/fhir"
SUBMIT, ATTACH = f"{BASE}/Claim/$submit", f"{BASE}/$submit-attachment"
NOTE = {
    "resourceType": "DocumentReference",
    "status": "current",
    "content": [{"attachment": {"contentType": "text/plain", "data": "bm90ZQ=="}}],
}
HELD = "No matching prior authorization was found for the given TrackingId."
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the FHIR examples is absent")


def example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_bytes())


def homecare(code: str = "") -> Any:
    """HC, with the code of item 1 replaced."""
    bundle = example("ig-pas-2.2.1/Bundle-HomecareAuthorizationBundleExample.json")
    if code:
        bundle["entry"][0]["resource"]["item"][0]["productOrService"]["coding"][0]["code"] = code
    return bundle


def parameters(tracking: Any, member: Any, *, final: bool | None = True, without: str = "", **more: Any) -> Any:
    part: list[Any] = [
        {"name": "LineItem", "valueString": "1"},
        {"name": "Code", "valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]}},
        {"name": "Content", "resource": NOTE},
    ]
    named: list[Any] = [
        {"name": "TrackingId", "valueIdentifier": tracking},
        {"name": "AttachTo", "valueCode": "preauthorization"},
        {"name": "OrganizationId", "valueIdentifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "8189991234"}},
        {"name": "MemberId", "valueIdentifier": member},
        {"name": "Attachment", "part": part},
        *([{"name": "Final", "valueBoolean": final}] if final is not None else []),
        *({"name": name, **value} for name, value in more.items()),
    ]
    return {"resourceType": "Parameters", "parameter": [one for one in named if one["name"] != without]}


def member_of(bundle: Any) -> Any:
    patient = next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
    return {name: patient["identifier"][0][name] for name in ("system", "value")}


async def decided(client: Client, response_id: str, action: str) -> Any:
    """The ClaimResponse once item 1 has this action."""
    while True:
        response = (await client.succeed("GET", f"{BASE}/ClaimResponse/{response_id}")).json
        if action in json.dumps(response["item"][0]):
            return response
        await asyncio.sleep(0.1)


async def asked(client: Client) -> tuple[Any, Any]:
    """A request for which the payer wants a document, and its response Bundle."""
    request = homecare("PB006")
    return request, (await client.succeed("POST", SUBMIT, request)).json


async def test_fhir_112_the_document_decides(fhir: Client) -> None:
    """FHIR-112"""
    request, bundle = await asked(fhir)
    response = bundle["entry"][0]["resource"]
    answer = await fhir.call("POST", ATTACH, parameters(response["identifier"][0], member_of(request)))
    assert answer.status == 200, answer.body
    assert answer.json["issue"][0]["diagnostics"].startswith("Attachments accepted and associated with Claim/")
    assert await decided(fhir, response["id"], '"A1"')
    wanted = response["communicationRequest"][0]["reference"].rpartition("/")[2]
    assert (await fhir.succeed("GET", f"{BASE}/CommunicationRequest/{wanted}")).json["status"] == "completed"


async def test_fhir_113_tracking_by_communication_request(fhir: Client) -> None:
    """FHIR-113"""
    request, bundle = await asked(fhir)
    wanted = next(one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "CommunicationRequest")
    answer = await fhir.call("POST", ATTACH, parameters(wanted["identifier"][0], member_of(request)))
    assert answer.status == 200, answer.body
    assert await decided(fhir, bundle["entry"][0]["resource"]["id"], '"A1"')


async def test_fhir_114_not_final(fhir: Client) -> None:
    """FHIR-114"""
    request, bundle = await asked(fhir)
    response = bundle["entry"][0]["resource"]
    await fhir.succeed("POST", ATTACH, parameters(response["identifier"][0], member_of(request), final=False))
    assert await decided(fhir, response["id"], '"A4"')
    await fhir.succeed("POST", ATTACH, parameters(response["identifier"][0], member_of(request)))
    assert await decided(fhir, response["id"], '"A1"')


async def test_a_document_that_comes_after_the_decision_completes_its_request(parties: Parties) -> None:
    """15: accepted is accepted, although nobody looks again"""
    request, bundle = await asked(parties.ehr1)
    response = bundle["entry"][0]["resource"]
    await parties.op.succeed("POST", f"/admin/pas/ClaimResponse/{response['id']}/finalise")
    answer = await parties.ehr1.succeed("POST", ATTACH, parameters(response["identifier"][0], member_of(request)))
    assert answer.json["issue"][0]["diagnostics"].endswith("The prior authorization is already decided.")
    wanted = response["communicationRequest"][0]["reference"].rpartition("/")[2]
    async with asyncio.timeout(30):
        while (await parties.ehr1.succeed("GET", f"{BASE}/CommunicationRequest/{wanted}")).json["status"] != "completed":
            await asyncio.sleep(0.1)


async def test_fhir_116_held_until_the_claim_comes(fhir: Client) -> None:
    """FHIR-116"""
    request = homecare()
    identifier = request["entry"][0]["resource"]["identifier"][0]
    tracking = {name: identifier[name] for name in ("system", "value")}
    held = await fhir.succeed("POST", ATTACH, parameters(tracking, member_of(request)))
    assert held.json["issue"][0]["diagnostics"].startswith(HELD)
    before = len(request["entry"][0]["resource"].get("supportingInfo", ()))
    await fhir.succeed("POST", SUBMIT, request)
    while True:
        (entry,) = (await fhir.succeed("GET", f"{BASE}/Claim")).json["entry"]
        if len(entry["resource"].get("supportingInfo", ())) == before + 1:
            break
        await asyncio.sleep(0.1)
    assert entry["resource"]["supportingInfo"][-1]["valueReference"]["reference"].startswith("DocumentReference/")


async def test_what_was_held_is_reviewed(fhir: Client) -> None:
    """fhir-pas.md 16: a document that came first decides an item that waits for it."""
    request = homecare("PB006")
    identifier = request["entry"][0]["resource"]["identifier"][0]
    tracking = {name: identifier[name] for name in ("system", "value")}
    await fhir.succeed("POST", ATTACH, parameters(tracking, member_of(request)))
    bundle = (await fhir.succeed("POST", SUBMIT, request)).json
    assert await decided(fhir, bundle["entry"][0]["resource"]["id"], '"A1"')


async def test_fhir_121_the_same_body_twice(fhir: Client) -> None:
    """FHIR-121"""
    request = homecare()
    response = (await fhir.succeed("POST", SUBMIT, request)).json["entry"][0]["resource"]
    body = parameters(response["identifier"][0], member_of(request))
    first, second = [await fhir.succeed("POST", ATTACH, body) for _ in range(2)]
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    (entry,) = (await fhir.succeed("GET", f"{BASE}/Claim")).json["entry"]
    before = len(request["entry"][0]["resource"].get("supportingInfo", ()))
    assert len(entry["resource"]["supportingInfo"]) == before + 1
    assert (await fhir.succeed("GET", f"{BASE}/DocumentReference")).json["total"] == 1


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
async def test_fhir_115_117_official_examples_are_held(fhir: Client, number: int) -> None:
    """FHIR-115, FHIR-117"""
    answer = await fhir.call("POST", ATTACH, example(f"cdex-2.1.0/cdex-parameters-example{number}.json"))
    assert answer.status == 200, answer.body
    issue = answer.json["issue"][0]
    assert (issue["severity"], issue["code"], issue["diagnostics"].startswith(HELD)) == ("information", "informational", True)


async def test_fhir_118_parties_date_and_unknown_parameters(fhir: Client) -> None:
    """FHIR-118"""
    tracking, member = {"value": "t"}, {"value": "m"}
    cases = (
        ("A-7", parameters(tracking, member, without="OrganizationId")),
        ("A-9", parameters(tracking, member, Colour={"valueString": "red"})),
    )
    of_claim = parameters(tracking, member)
    of_claim["parameter"][1]["valueCode"] = "claim"
    for rule, body in (*cases, ("A-8", of_claim)):
        answer = await fhir.call("POST", ATTACH, body)
        found = [coding["code"] for issue in answer.json["issue"] for coding in issue["details"]["coding"]]
        assert (answer.status, rule in found) == (422, True), rule


async def test_fhir_119_120_other_member_and_decided(fhir: Client) -> None:
    """FHIR-119 (strict), FHIR-120"""
    request = homecare()
    response = (await fhir.succeed("POST", SUBMIT, request)).json["entry"][0]["resource"]
    other = await fhir.call("POST", ATTACH, parameters(response["identifier"][0], {"value": "somebody-else"}))
    assert other.status == 422
    late = await fhir.succeed("POST", ATTACH, parameters(response["identifier"][0], member_of(request)))
    assert late.json["issue"][0]["diagnostics"].endswith("The prior authorization is already decided.")
