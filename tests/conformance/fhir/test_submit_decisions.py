"""Acceptance cases: submit, approval, denial, pend on the three bases (fhir-pas.md 27)."""

import asyncio
import time
from typing import Any

import pytest

from priorbus.devstack.client import Client
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
    resources,
    response,
    rules,
    seed,
)

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")


async def submit(fhir: Client, bundle: Resource, base: str = PAS_2_2) -> Resource:
    answer = await fhir.call("POST", f"{base}/Claim/$submit", bundle)
    assert answer.status == 200, answer.body
    parsed: Resource = answer.json
    return parsed


async def refused(fhir: Client, bundle: Resource, base: str = PAS_2_2) -> list[str]:
    return rules(await outcome(fhir, bundle, base))


async def outcome(fhir: Client, bundle: Resource, base: str = PAS_2_2) -> Resource:
    answer = await fhir.call("POST", f"{base}/Claim/$submit", bundle)
    assert answer.status == 422, answer.body
    parsed: Resource = answer.json
    return parsed


def places(outcome: Resource) -> set[str]:
    """The FHIRPaths of the errors."""
    return {one["expression"][0] for one in outcome["issue"] if one["severity"] == "error"}


async def later(fhir: Client, bundle: Resource, expected: dict[int, str], base: str = PAS_2_2, seconds: float = 30) -> Resource:
    """The replayed response once its items have these actions."""
    end = time.monotonic() + seconds
    while True:
        found = response(await submit(fhir, bundle, base))
        if actions(found) == expected or time.monotonic() > end:
            assert actions(found) == expected
            return found
        await asyncio.sleep(0.2)


async def test_fhir_17_the_seed_on_pas_2_2(fhir: Client) -> None:
    """FHIR-17"""
    assert set(await refused(fhir, seed("002-0-claim-submit-request"))) == {"B-10", "C-12", "V-1"}


async def test_fhir_19_approval(fhir: Client) -> None:
    """FHIR-19"""
    bundle = await submit(fhir, request("HC"))
    found = response(bundle)
    assert bundle["identifier"]["value"] == "B56789"
    assert (found["outcome"], actions(found)) == ("complete", {1: "A1", 2: "A1"})
    for item in found["item"]:
        assert number(found, item["itemSequence"])
        assert extension(item, "itemPreAuthIssueDate")
        assert extension(item, "itemPreAuthPeriod")
    assert found["identifier"][0]["system"].endswith("/identifiers/pas-tracking")
    named = [found[role]["reference"] for role in ("requestor", "insurer", "patient")]
    assert set(named) <= {entry["fullUrl"] for entry in request("HC")["entry"]}


async def test_fhir_20_echo(fhir: Client) -> None:
    """FHIR-20"""
    sent = {entry["fullUrl"]: entry["resource"] for entry in request("HC")["entry"]}
    bundle = await submit(fhir, request("HC"))
    echoed = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"][1:]}
    assert echoed == {url: sent[url] for url in echoed}
    assert {one["resourceType"] for one in echoed.values()} == {"Patient", "Organization"}
    assert response(bundle)["request"]["reference"] == "http://example.org/fhir/Claim/HomecareAuthorizationExample"


async def test_fhir_21_other_examples(fhir: Client) -> None:
    """FHIR-21"""
    assert set(actions(response(await submit(fhir, request("MS")))).values()) == {"A1"}
    found = response(await submit(fhir, request("REF")))
    assert set(actions(found).values()) == {"A1"}
    (swapped,) = [one for one in found["extension"] if one["url"].endswith("TransmissionIdentifiers")]
    parts = {part["url"]: part["valueString"] for part in swapped["extension"]}
    assert (parts["applicationSenderCode"], parts["applicationReceiverCode"]) == ("PAYERAPP", "PROVIDERAPP")
    assert extension(found["item"][0], "itemTraceNumber") == extension(claim(request("REF"))["item"][0], "itemTraceNumber")


async def test_fhir_22_denial(fhir: Client) -> None:
    """FHIR-22"""
    found = response(await submit(fhir, request("HC", {1: "PB002"})))
    assert (found["outcome"], actions(found)) == ("complete", {1: "A3", 2: "A1"})
    assert found["item"][0]["noteNumber"] == [found["processNote"][0]["number"]]
    assert found["processNote"][0]["text"] == "Not covered by the sandbox plan"


async def test_fhir_23_all_pended(fhir: Client) -> None:
    """FHIR-23"""
    found = response(await submit(fhir, request("HC", {1: "PB008", 2: "PB008"})))
    assert (found["outcome"], actions(found)) == ("complete", {1: "A4", 2: "A4"})
    assert all(extension(item, "administrationReferenceNumber").startswith("PEND") for item in found["item"])
    assert [number(found, sequence) for sequence in (1, 2)] == [None, None]


async def test_fhir_24_some_pended(fhir: Client) -> None:
    """FHIR-24"""
    found = response(await submit(fhir, request("HC", {1: "PB008"})))
    assert (found["outcome"], actions(found)) == ("partial", {1: "A4", 2: "A1"})


async def test_fhir_25_pended_on_2_0(fhir: Client) -> None:
    """FHIR-25"""
    found = response(await submit(fhir, request("HC", {1: "PB008"}, "2.0.1"), PAS_2_0))
    assert (found["outcome"], actions(found)[1]) == ("queued", "A4")


async def test_fhir_26_modified(fhir: Client) -> None:
    """FHIR-26"""
    bundle = request("HC", {1: "PB005"})
    claim(bundle)["item"][0]["quantity"] = {"value": 4, "unit": "UN"}
    found = response(await submit(fhir, bundle))
    (added,) = found["addItem"]
    assert (actions(found)[1], added["itemSequence"], added["quantity"]["value"]) == ("A6", [1], 2)
    review = {part["url"].rsplit("/", 1)[-1]: part for part in added["adjudication"][0]["extension"][0]["extension"]}
    assert review["extension-reviewActionCode"]["valueCodeableConcept"]["coding"][0]["code"] == "A1"
    assert review["number"]["valueString"]


async def test_fhir_27_added_service(fhir: Client) -> None:
    """FHIR-27"""
    found = response(await submit(fhir, request("HC", {1: "PB012"})))
    sequences = [one["itemSequence"] for one in found["addItem"]]
    assert actions(found)[1] == "A6"
    assert [1] in sequences
    assert any(not set(one) & {1, 2} for one in sequences)


async def test_fhir_28_business_error(fhir: Client) -> None:
    """FHIR-28"""
    found = response(await submit(fhir, request("HC", {1: "PB007"})))
    (error,) = found["error"]
    assert (found["outcome"], error["code"]["coding"][0]["code"], "item" in found) == ("error", "15", False)
    assert extension(error, "errorFollowupAction")["coding"][0]["code"] == "C"
    assert extension(error, "errorPath") == "Bundle.entry[0].resource.item[0].productOrService"


@pytest.mark.parametrize(("case", "code", "action"), [("FHIR-29", "PB003", "A1"), ("FHIR-30", "PB004", "A3")])
async def test_fhir_29_30_69_pend_ends_by_itself(fhir: Client, case: str, code: str, action: str) -> None:
    """FHIR-29, FHIR-30, FHIR-69: the replay shows the decision, and so does the ClaimResponse"""
    bundle = request("HC", {1: code})
    first = response(await submit(fhir, bundle))
    assert actions(first)[1] == "A4", case
    found = await later(fhir, bundle, {1: action, 2: "A1"})
    assert found["id"] == first["id"]
    stored = (await fhir.succeed("GET", f"{PAS_2_2}/ClaimResponse/{first['id']}")).json
    assert (stored["meta"]["versionId"], actions(stored)[1]) == ("2", action)
    reference = "administrationReferenceNumber"
    assert extension(found["item"][0], reference) == extension(first["item"][0], reference)
    assert (number(found, 1) is not None) == (action == "A1")
    assert ("noteNumber" in found["item"][0]) == (action == "A3")


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_fhir_31_within_the_budget(fhir: Client) -> None:
    """FHIR-31: the gateway waits 13 seconds for an answer, then it says 503"""
    bundle = request("HC", {1: "PB009"})
    found = response(await submit(fhir, bundle))
    assert actions(found) == {1: "A4", 2: "A1"}
    await later(fhir, bundle, {1: "A1", 2: "A1"}, seconds=120)


@pytest.mark.parametrize(("amount", "action"), [(12000, "A4"), (120000, "A3")])
async def test_fhir_32_amounts(fhir: Client, amount: int, action: str) -> None:
    """FHIR-32"""
    bundle = request("HC")
    claim(bundle)["item"][0]["net"] = {"value": amount, "currency": "USD"}
    assert actions(response(await submit(fhir, bundle)))[1] == action


@pytest.mark.parametrize("name", ["HC", "MS", "REF"])
async def test_fhir_34_examples_of_2_0(fhir: Client, name: str) -> None:
    """FHIR-34"""
    found = response(await submit(fhir, request(name, version="2.0.1"), PAS_2_0))
    assert set(actions(found).values()) == {"A1"}
    assert found["outcome"] == "complete"


async def test_fhir_35_an_example_of_2_0_on_2_2(fhir: Client) -> None:
    """FHIR-35"""
    found = await outcome(fhir, request("HC", version="2.0.1"))
    assert {"C-12", "V-1"} <= set(rules(found))
    ends = {"item[0].locationCodeableConcept", "item[1].locationCodeableConcept", "identifier", "relationship"}
    assert ends <= {place.partition(".resource.")[2] for place in places(found)}


async def test_fhir_36_missing_entries(fhir: Client) -> None:
    """FHIR-36"""
    found = await outcome(fhir, request("SUR"))
    assert rules(found) == ["R-1", "R-1"]
    assert {place.partition(".resource.")[2] for place in places(found)} == {"practitioner.reference", "location[0].reference"}
    answer = await fhir.call("POST", f"{FHIR}/Claim/$submit", request("SUR"))
    assert answer.status == 200
    assert int(answer.headers["X-Validation-Warnings"]) >= 2


async def test_fhir_37_urn_full_urls(fhir: Client) -> None:
    """FHIR-37"""
    bundle = request("HC")
    names = {}
    for position, entry in enumerate(bundle["entry"]):
        urn = f"urn:uuid:00000000-0000-4000-8000-00000000000{position}"
        names[f"{entry['resource']['resourceType']}/{entry['resource']['id']}"] = urn
        entry["fullUrl"] = urn
    _rename(bundle, names)
    found = await submit(fhir, bundle)
    assert {entry["fullUrl"] for entry in found["entry"][1:]} <= set(names.values())
    assert response(found)["patient"]["reference"] in names.values()


def _rename(node: Any, names: dict[str, str]) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            node["reference"] = names.get(node["reference"], node["reference"])
        for value in node.values():
            _rename(value, names)
    elif isinstance(node, list):
        for value in node:
            _rename(value, names)


async def test_fhir_38_unknown_patient(fhir: Client) -> None:
    """FHIR-38"""
    bundle = request("HC")
    next(one for one in bundle["entry"] if one["resource"]["resourceType"] == "Coverage")["resource"]["beneficiary"] = {
        "reference": "Patient/Unknown"
    }
    assert await refused(fhir, bundle) == ["R-1"]
    await submit(fhir, bundle, FHIR)


async def test_fhir_39_patient_cannot_be_identified(fhir: Client) -> None:
    """FHIR-39"""
    bundle = request("HC")
    bundle["entry"] = [one for one in bundle["entry"] if one["resource"]["resourceType"] != "Patient"]
    found = response(await submit(fhir, bundle, FHIR))
    assert (found["outcome"], found["error"][0]["code"]["coding"][0]["code"]) == ("error", "75")


@pytest.mark.parametrize("base", [PAS_2_2, FHIR])
async def test_fhir_40_duplicates_in_the_request(fhir: Client, base: str) -> None:
    """FHIR-40"""
    bundle = request("HC")
    bundle["entry"][2]["fullUrl"] = bundle["entry"][1]["fullUrl"]
    assert "B-12" in await refused(fhir, bundle, base)
    bundle = request("HC")
    claim(bundle)["item"][1]["sequence"] = 1
    assert "C-9" in await refused(fhir, bundle, base)


async def test_fhir_41_unknown_extension(fhir: Client) -> None:
    """FHIR-41"""
    bundle = request("HC")
    claim(bundle).setdefault("extension", []).append({"url": "http://example.org/own", "valueString": "x"})
    await submit(fhir, bundle)
    (stored,) = (await fhir.succeed("GET", f"{PAS_2_2}/Claim")).json["entry"]
    assert {"url": "http://example.org/own", "valueString": "x"} in stored["resource"]["extension"]


async def test_fhir_42_unknown_modifier_extension(fhir: Client) -> None:
    """FHIR-42"""
    bundle = request("HC")
    claim(bundle)["item"][0]["modifierExtension"] = [{"url": "http://example.org/own", "valueBoolean": True}]
    assert await refused(fhir, bundle) == ["S-9"]
    await submit(fhir, bundle, FHIR)


async def test_fhir_43_other_use(fhir: Client) -> None:
    """FHIR-43"""
    bundle = request("HC")
    claim(bundle)["use"] = "claim"
    assert await refused(fhir, bundle) == ["C-3"]


@pytest.mark.parametrize(("path", "rule"), [("timestamp", "B-3"), ("identifier", "B-2"), ("fullUrl", "B-9")])
async def test_fhir_44_incomplete_bundles(fhir: Client, path: str, rule: str) -> None:
    """FHIR-44"""
    bundle = request("HC")
    del (bundle["entry"][1] if path == "fullUrl" else bundle)[path]
    assert rule in await refused(fhir, bundle)
    await submit(fhir, bundle, FHIR)


@pytest.mark.parametrize("base", [PAS_2_2, FHIR])
async def test_fhir_45_46_types_and_codes(fhir: Client, base: str) -> None:
    """FHIR-45, FHIR-46"""
    bundle = request("HC")
    claim(bundle)["item"][0]["sequence"] = "1"
    assert "S-4" in await refused(fhir, bundle, base)
    bundle = request("HC")
    claim(bundle)["status"] = "foo"
    assert "S-7" in await refused(fhir, bundle, base)


async def test_fhir_48_49_50_51_other_bodies(fhir: Client) -> None:
    """FHIR-48, FHIR-49, FHIR-50, FHIR-51"""
    assert await refused(fhir, {**request("HC"), "entry": []}) == ["S-3"]
    assert "B-1" in await refused(fhir, {**request("HC"), "type": "searchset"})
    assert await refused(fhir, claim(request("HC"))) == ["S-10"]
    assert "B-6" in await refused(fhir, await submit(fhir, request("HC")))


async def test_fhir_52_53_malformed(fhir: Client) -> None:
    """FHIR-52, FHIR-53"""
    deep = '{"resourceType":"Bundle","x":' + "[" * 64 + "]" * 64 + "}"
    for body in ("{", "[]", '{"a":1}', '{"resourceType":"Foo"}', '{"resourceType":"Bundle","id":"1","id":"2"}', deep):
        answer = await fhir.call("POST", f"{PAS_2_2}/Claim/$submit", body.encode(), headers={"Content-Type": "application/fhir+json"})
        assert (answer.status, answer.json["resourceType"]) == (400, "OperationOutcome"), body[:40]
        (issue,) = answer.json["issue"]
        wrong_json = body in {"{", deep} or '"id":"1"' in body
        assert (issue["code"], issue["details"]["coding"][1]["code"]) == ("structure", "J-1" if wrong_json else "J-2"), body[:40]


async def test_fhir_55_wrong_method(fhir: Client) -> None:
    """FHIR-55"""
    answer = await fhir.call("GET", f"{PAS_2_2}/Claim/$submit")
    assert (answer.status, answer.headers["Allow"], answer.json["resourceType"]) == (405, "POST", "OperationOutcome")


async def test_fhir_63_64_65_duplicates(fhir: Client) -> None:
    """FHIR-18, FHIR-63, FHIR-64, FHIR-65"""
    first = await submit(fhir, request("HC"))
    again = await fhir.call("POST", f"{PAS_2_2}/Claim/$submit", request("HC"))
    assert (response(again.json)["id"], again.headers["Idempotency-Replayed"]) == (response(first)["id"], "true")
    assert (await fhir.succeed("GET", f"{PAS_2_2}/ClaimResponse")).json["total"] == 1
    other = await submit(fhir, {**request("HC"), "timestamp": "2026-01-03T09:00:00Z"})
    assert response(other)["identifier"][0] != response(first)["identifier"][0]
    changed = await fhir.call("POST", f"{PAS_2_2}/Claim/$submit", request("HC", {2: "B4999"}))
    assert response(changed.json)["id"] != response(first)["id"]
    assert response(changed.json)["identifier"][0] != response(first)["identifier"][0]
    assert int(changed.headers["X-Validation-Warnings"]) >= 1


async def test_fhir_67_idempotency_key(fhir: Client) -> None:
    """FHIR-67, and a refused request does not take the key"""
    headers = {"Idempotency-Key": "0f8fad5b-d9cb-469f-a165-70867728950e"}
    path = f"{PAS_2_2}/Claim/$submit"
    assert (await fhir.call("POST", path, request("SUR"), headers=headers)).status == 422
    assert (await fhir.call("POST", path, request("HC"), headers=headers)).status == 200
    assert (await fhir.call("POST", path, request("MS"), headers=headers)).status == 409


async def test_fhir_68_two_at_once(fhir: Client) -> None:
    """FHIR-68"""
    answers = await asyncio.gather(*(submit(fhir, request("HC")) for _ in range(2)))
    assert len({response(one)["id"] for one in answers}) == 1


async def test_fhir_111_123_more_information(fhir: Client) -> None:
    """FHIR-111, FHIR-123"""
    bundle = await submit(fhir, request("HC", {1: "PB006"}))
    (asked,), (task,) = resources(bundle, "CommunicationRequest"), resources(bundle, "Task")
    assert actions(response(bundle))[1] == "A4"
    (reference,) = response(bundle)["communicationRequest"]
    assert reference["reference"] in {entry["fullUrl"] for entry in bundle["entry"] if entry["resource"] is asked}
    assert asked["payload"] == [{"contentString": "11506-3"}]
    assert extension(asked, "serviceLineNumber") == 1
    assert asked["medium"][0]["coding"][0]["code"] == "CDEX"
    assert task["code"]["coding"][0]["code"] == "attachment-request-code"
    assert task["input"][0]["valueUrl"].endswith("/pas/2.2/fhir/$submit-attachment")
    bundle = await submit(fhir, request("HC", {1: "PB011"}))
    requests = {one["payload"][0]["contentString"]: one for one in resources(bundle, "CommunicationRequest")}
    kinds = {one["code"]["coding"][0]["code"]: one for one in resources(bundle, "Task")}
    assert requests.keys() == {"11506-3", "102089-0"}
    questions = kinds["attachment-request-questionnaire"]["input"][1]
    assert questions["valueString"] == requests["102089-0"]["identifier"][0]["value"]
