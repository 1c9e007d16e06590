"""Acceptance cases: update, cancel, inquire, finalise (fhir-pas.md 27)."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable

import pytest

from priorbus.devstack.client import Answer, Client
from priorbus.devstack.pas import (
    EXAMPLES,
    FHIR,
    PAS_2_0,
    PAS_2_2,
    Resource,
    actions,
    claim,
    extension,
    number,
    request,
    response,
    rules,
    seed,
)
from priorbus.devstack.stack import Stack

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
CANCEL = {
    "url": "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-certificationType",
    "valueCodeableConcept": {"coding": [{"system": "https://codesystem.x12.org/005010/1322", "code": "3"}]},
}


async def submit(fhir: Client, bundle: Resource, base: str = PAS_2_2) -> Resource:
    answer = await fhir.call("POST", f"{base}/Claim/$submit", bundle)
    assert answer.status == 200, answer.body
    return response(answer.json)


async def refused(fhir: Client, bundle: Resource, status: int = 422) -> Answer:
    answer = await fhir.call("POST", f"{PAS_2_2}/Claim/$submit", bundle)
    assert answer.status == status, answer.body
    return answer


async def inquire(fhir: Client, bundle: Resource, base: str = PAS_2_2) -> Resource:
    answer = await fhir.call("POST", f"{base}/Claim/$inquire", bundle)
    assert answer.status == 200, answer.body
    parsed: Resource = answer.json
    return parsed


def found_by(parameters: Resource) -> list[Resource]:
    assert parameters["resourceType"] == "Parameters"
    return [response(one["resource"]) for one in parameters.get("parameter", ()) if one["name"] == "return"]


def update(*changes: Callable[[Resource], None]) -> Resource:
    """HCU with changes to its Claim."""
    bundle = request("HCU")
    for change in changes:
        change(claim(bundle))
    return bundle


def whole_cancel(found: Resource) -> None:
    found["extension"] = [*found.get("extension", ()), CANCEL]
    found["item"] = claim(request("HC"))["item"]


async def test_fhir_70_update(fhir: Client) -> None:
    """FHIR-70"""
    before = await submit(fhir, request("HC"))
    after = await submit(fhir, request("HCU"))
    assert actions(after) == {1: "A1", 2: "C", 3: "A1"}
    assert number(after, 1) == number(before, 1)
    assert after["request"]["reference"] == request("HCU")["entry"][0]["fullUrl"]


async def test_fhir_71_unknown_prior(fhir: Client) -> None:
    """FHIR-71"""
    assert actions(await submit(fhir, request("HCU"))) == {1: "A1", 2: "C", 3: "A1"}


async def test_fhir_72_replaced_version(fhir: Client) -> None:
    """FHIR-72"""
    await submit(fhir, request("HC"))
    await submit(fhir, request("HCU"))
    answer = await refused(fhir, {**request("HCU"), "timestamp": "2026-01-03T09:00:00Z"}, 409)
    assert answer.json["issue"][0]["code"] == "conflict"
    assert request("HCU")["entry"][0]["fullUrl"] in answer.json["issue"][0]["diagnostics"]


async def test_fhir_73_88_changed_item(fhir: Client) -> None:
    """FHIR-73, FHIR-88"""
    before = await submit(fhir, request("HC"))
    changed = update(lambda found: found["item"][0].update(quantity={"value": 3, "unit": "UN"}))
    after = await submit(fhir, changed)
    assert number(after, 1) not in {None, number(before, 1)}
    assert extension(after["item"][0], "authorizationNumber") == number(before, 1)
    inquiry = request("INQ")
    name = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-authorizationNumber"
    claim(inquiry)["extension"] = [{"url": name, "valueString": number(before, 1)}]
    (found,) = found_by(await inquire(fhir, inquiry))
    assert number(found, 1) == number(after, 1)


async def test_fhir_74_75_whole_cancel(fhir: Client) -> None:
    """FHIR-74, FHIR-75"""
    await submit(fhir, request("HC"))
    after = await submit(fhir, update(whole_cancel))
    assert (actions(after), after["outcome"]) == ({1: "C", 2: "C"}, "complete")
    stored = [one["resource"] for one in (await fhir.succeed("GET", f"{PAS_2_2}/Claim")).json["entry"]]
    assert [one["status"] for one in stored if "related" in one] == ["active"]


async def test_fhir_75_whole_cancel_without_items(fhir: Client) -> None:
    """FHIR-75"""
    await submit(fhir, request("HC"))
    after = await submit(fhir, update(whole_cancel, lambda found: found.pop("item")))
    assert actions(after) == {1: "C", 2: "C"}


async def test_fhir_76_denied(fhir: Client) -> None:
    """FHIR-76"""
    await submit(fhir, request("HC", {1: "PB002", 2: "PB002"}))
    after = await submit(fhir, request("HCU"))
    assert (after["outcome"], after["error"][0]["code"]["coding"][0]["code"]) == ("error", "33")


@pytest.fixture
async def pair(stack: Stack) -> AsyncIterator[tuple[Client, Client]]:
    """A FHIR client and an operator of a tenant of their own."""
    tenant = f"t_{secrets.token_hex(6)}"
    token_command = ["fhir", "token", "--tenant", tenant, "--client", "ehr1"]
    key_command = ["keys", "create", "--tenant", tenant, "--name", "op", "--scope", "ops/pas.finalise", "--scope", "ops/pas.read"]
    _, token, key = await asyncio.to_thread(stack.priorbus_batch, ["tenants", "create", tenant], token_command, key_command)
    async with Client(stack.base_url, token["access_token"]) as ehr, Client(stack.base_url, key["key"]) as operator:
        yield ehr, operator


async def test_fhir_128_130_131_operator(pair: tuple[Client, Client]) -> None:
    """FHIR-128, FHIR-130, FHIR-131"""
    ehr, operator = pair
    bundle = request("HC", {1: "PB008", 2: "PB008"})
    pended = await submit(ehr, bundle)
    path = f"/admin/pas/ClaimResponse/{pended['id']}/finalise"
    body = {"items": [{"sequence": 1, "action": "A1"}, {"sequence": 2, "action": "A3", "note": "No"}], "humanReviewed": True}
    done = await operator.call("POST", path, body)
    assert (done.status, done.json["versionId"], done.json["outcome"]) == (200, "2", "complete")
    assert (await operator.call("POST", path, body)).status == 409
    after = await submit(ehr, bundle)
    assert actions(after) == {1: "A1", 2: "A3"}
    assert after["processNote"] == [{"number": 1, "text": "No"}]
    first = (await ehr.succeed("GET", f"{PAS_2_2}/ClaimResponse/{pended['id']}/_history/1")).json
    current = (await ehr.succeed("GET", f"{PAS_2_2}/ClaimResponse/{pended['id']}")).json
    assert (first["meta"]["versionId"], actions(first)) == ("1", {1: "A4", 2: "A4"})
    assert (current["meta"]["versionId"], actions(current)) == ("2", {1: "A1", 2: "A3"})
    (reviewer,) = [one for one in after["extension"] if one["url"].endswith("claimResponseReviewer")]
    assert reviewer["extension"][0] == {"url": "wasHumanReviewedFlag", "valueBoolean": True}
    assert (await operator.call("POST", "/admin/pas/ClaimResponse/nobody/finalise")).status == 404


async def test_an_operator_reads_request_and_warnings(pair: tuple[Client, Client]) -> None:
    """fhir-pas.md 5, 17: warnings are readable by operators, and so is the request as it came."""
    ehr, operator = pair
    sent = json.dumps(seed("002-0-claim-submit-request")).encode()
    answer = await ehr.succeed("POST", f"{FHIR}/Claim/$submit", sent)
    path = f"/admin/pas/ClaimResponse/{response(answer.json)['id']}"
    shown = (await operator.succeed("GET", path)).json
    assert len(shown["warnings"]) == int(answer.headers["X-Validation-Warnings"])
    assert all(one["expression"].startswith("Bundle") for one in shown["warnings"])
    assert (shown["base"], shown["items"]) == (FHIR, [{"sequence": 1, "action": "A4"}])
    assert (await operator.succeed("GET", f"{path}/request")).body == sent
    assert (await operator.call("GET", "/admin/pas/ClaimResponse/nobody")).status == 404
    assert (await ehr.call("GET", path)).status == 401


async def test_fhir_15_operator_ends_the_seed(pair: tuple[Client, Client]) -> None:
    """FHIR-15"""
    ehr, operator = pair
    pended = await submit(ehr, seed("002-0-claim-submit-request"), FHIR)
    assert (await operator.call("POST", f"/admin/pas/ClaimResponse/{pended['id']}/finalise")).status == 200
    found = response(await inquire(ehr, seed("002-2-claim-inquire-request"), FHIR))
    assert (found["outcome"], actions(found)) == ("complete", {1: "A1"})
    assert number(found, 1)


async def test_fhir_77_cancel_of_a_pended_item(pair: tuple[Client, Client]) -> None:
    """FHIR-77"""
    ehr, operator = pair
    pended = await submit(ehr, request("HC", {1: "PB008"}))

    def cancel(found: Resource) -> None:
        found["item"] = claim(request("HC", {1: "PB008"}))["item"]
        found["item"][0]["extension"][1] = CANCEL

    after = await submit(ehr, update(cancel))
    assert actions(after) == {1: "C", 2: "A1"}
    for found in (pended, after):
        assert (await operator.call("POST", f"/admin/pas/ClaimResponse/{found['id']}/finalise")).status == 409


async def test_fhir_78_missing_item(fhir: Client) -> None:
    """FHIR-78"""
    await submit(fhir, request("HC"))
    answer = await refused(fhir, update(lambda found: found["item"].pop(1)))
    assert rules(answer.json) == ["U-4"]


async def test_fhir_79_80_prior_claims(fhir: Client) -> None:
    """FHIR-79, FHIR-80"""
    await submit(fhir, request("HC"))
    bundle = request("HCU")
    prior = next(one for one in bundle["entry"][1:] if one["resource"]["resourceType"] == "Claim")
    without = {**bundle, "entry": [one for one in bundle["entry"] if one is not prior]}
    assert "U-2" in rules((await refused(fhir, without)).json)
    prior["resource"]["related"] = [claim(bundle)["related"][0] | {"claim": {"reference": "Claim/Absent"}}]
    await submit(fhir, bundle)


async def test_fhir_81_added_flagged_as_changed(fhir: Client) -> None:
    """FHIR-81"""

    def flag(found: Resource) -> None:
        for one in found["item"][2]["extension"]:
            if one["url"].endswith("infoChanged"):
                one["valueCode"] = "changed"

    await submit(fhir, request("HC"))
    assert actions(await submit(fhir, update(flag)))[3] == "A1"


async def test_fhir_82_two_updates_at_once(fhir: Client) -> None:
    """FHIR-82"""
    await submit(fhir, request("HC"))
    bundles = [{**request("HCU"), "timestamp": f"2026-01-03T09:00:0{second}Z"} for second in range(2)]
    answers = await asyncio.gather(*(fhir.call("POST", f"{PAS_2_2}/Claim/$submit", one) for one in bundles))
    assert sorted(answer.status for answer in answers) == [200, 409]


async def test_fhir_83_cancel_without_related(fhir: Client) -> None:
    """FHIR-83"""
    await submit(fhir, seed("002-0-claim-submit-request"), FHIR)
    bundle = seed("002-0-claim-submit-request")
    claim(bundle)["item"][0]["extension"] = [CANCEL]
    assert actions(await submit(fhir, bundle, FHIR)) == {1: "C"}


async def test_fhir_3_inquiry_of_the_seed(fhir: Client) -> None:
    """FHIR-3"""
    first = await submit(fhir, seed("002-0-claim-submit-request"), FHIR)
    bundle = await inquire(fhir, seed("002-2-claim-inquire-request"), FHIR)
    assert bundle["meta"]["profile"][0].endswith("profile-pas-inquiry-response-bundle")
    assert (response(bundle)["id"], response(bundle)["outcome"]) == (first["id"], "queued")
    assert "Claim" in {one["resource"]["resourceType"] for one in bundle["entry"]}


async def test_fhir_84_85_inquiry(fhir: Client) -> None:
    """FHIR-84, FHIR-85"""
    assert await inquire(fhir, request("INQ")) == {"resourceType": "Parameters"}
    first = await submit(fhir, request("HC"))
    (found,) = found_by(await inquire(fhir, request("INQ")))
    assert (found["id"], set(actions(found))) == (first["id"], {1, 2})
    assert found["meta"]["profile"][0].endswith("profile-claiminquiryresponse")


@pytest.mark.parametrize("base", [PAS_2_0, FHIR])
async def test_fhir_86_nothing_found(fhir: Client, base: str) -> None:
    """FHIR-86"""
    bundle = await inquire(fhir, request("INQ"), base)
    assert (bundle["resourceType"], bundle["entry"][0]["resource"]["issue"][0]["code"]) == ("Bundle", "not-found")


async def test_fhir_87_95_two_matches(fhir: Client) -> None:
    """FHIR-87, FHIR-95"""
    first, second = await submit(fhir, request("HC")), await submit(fhir, request("MS"))
    inquiry = request("INQ")
    item = claim(inquiry)["item"][0]
    nothing = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-applicable"}
    claim(inquiry)["item"] = [{**item, "productOrService": {"coding": [nothing]}}]
    assert [one["id"] for one in found_by(await inquire(fhir, inquiry))] == [second["id"], first["id"]]
    bundle = await inquire(fhir, inquiry, PAS_2_0)
    kinds = [one["resource"]["resourceType"] for one in bundle["entry"]]
    assert (kinds[:2], kinds.count("ClaimResponse")) == (["ClaimResponse", "ClaimResponse"], 2)


async def test_fhir_89_pended_number(fhir: Client) -> None:
    """FHIR-89"""
    first = await submit(fhir, request("HC", {1: "PB008"}))
    inquiry = request("INQ")
    claim(inquiry).pop("item", None)
    name = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-administrationReferenceNumber"
    claim(inquiry)["extension"] = [{"url": name, "valueString": extension(first["item"][0], "administrationReferenceNumber")}]
    (found,) = found_by(await inquire(fhir, inquiry))
    assert (found["id"], actions(found)[1]) == (first["id"], "A4")


async def test_fhir_93_no_communication_requests(fhir: Client) -> None:
    """FHIR-93"""
    await submit(fhir, request("HC", {1: "PB006"}))
    inquiry = request("INQ")
    claim(inquiry).pop("item", None)
    (found,) = found_by(await inquire(fhir, inquiry))
    assert "communicationRequest" not in found


async def test_fhir_136_across_bases(fhir: Client) -> None:
    """FHIR-136"""
    first = await submit(fhir, seed("002-0-claim-submit-request"), FHIR)
    inquiry = request("INQ")
    patient = next(one["resource"] for one in inquiry["entry"] if one["resource"]["resourceType"] == "Patient")
    patient["identifier"] = [{"system": "http://hospital.example.org/patients", "value": "MRN123456"}]
    known = {one["resource"]["id"]: one["resource"] for one in seed("002-0-claim-submit-request")["entry"]}
    insurer = known[claim(seed("002-0-claim-submit-request"))["insurer"]["reference"].rpartition("/")[2]]
    target = claim(inquiry)["insurer"]["reference"].rpartition("/")[2]
    for entry in inquiry["entry"]:
        entry["resource"].pop("subscriberId", None)
        if entry["resource"]["id"] == target:
            entry["resource"]["identifier"] = insurer["identifier"]
    claim(inquiry).pop("item", None)
    (found,) = found_by(await inquire(fhir, inquiry))
    assert (found["id"], found["outcome"], actions(found)) == (first["id"], "complete", {1: "A4"})
