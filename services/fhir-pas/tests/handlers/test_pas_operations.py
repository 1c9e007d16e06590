"""`$submit` and `$inquire` over the bases: answers, late decisions, updates."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.fhir_pas import FinaliseClaimResponse, FinalItem, ReviewClaim
from priorbus.contracts.facts.fhir_pas import ClaimResponseChanged, ClaimResponseFinalised, ClaimUpdated
from priorbus.fhir_pas.aggregates import RESOURCES
from priorbus.runtime.testing.handlers import Handled

Example = Callable[[str], str]
BASE = "/pas/2.2/fhir"
Request = dict[str, Any]


@pytest.fixture
def homecare(example: Example) -> Callable[..., Request]:
    """The official homecare request with other service codes by sequence."""

    def made(name: str = "HomecareAuthorization", version: str = "2.2.1", **codes: str) -> Request:
        bundle: Request = json.loads(example(f"ig-pas-{version}/Bundle-{name}BundleExample.json"))
        for sequence, code in codes.items():
            item = next(one for one in bundle["entry"][0]["resource"]["item"] if one["sequence"] == int(sequence[1:]))
            item["productOrService"]["coding"][0]["code"] = code
        return bundle

    return made


def bundle_of(handled: Handled) -> Request:
    assert handled.result["status"] == 200, handled.result["body"]
    parsed: Request = json.loads(handled.result["body"])
    return parsed


def first(bundle: Request) -> Request:
    resource: Request = bundle["entry"][0]["resource"]
    return resource


def actions(response: Request) -> dict[int, str]:
    """The review action of each item."""
    found = {}
    for item in response.get("item", ()):
        (review,) = item["adjudication"][0]["extension"]
        found[item["itemSequence"]] = review["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
    return found


def number(response: Request, sequence: int) -> str | None:
    item = next(one for one in response["item"] if one["itemSequence"] == sequence)
    parts = item["adjudication"][0]["extension"][0]["extension"]
    return next((part["valueString"] for part in parts if part["url"] == "number"), None)


async def submitted(service: Any, bundle: Request, base: str = BASE) -> Request:
    return bundle_of(await service.submit(json.dumps(bundle), base=base))


async def test_certified_request_echoes_the_parties(service: Any, homecare: Any) -> None:
    request = homecare()
    bundle = await submitted(service, request)
    response = first(bundle)
    assert bundle["identifier"]["value"] == "B56789"
    assert (response["outcome"], actions(response)) == ("complete", {1: "A1", 2: "A1"})
    assert response["identifier"][0]["system"].endswith("/identifiers/pas-tracking")
    assert response["request"]["reference"] == "http://example.org/fhir/Claim/HomecareAuthorizationExample"
    sent = {one["fullUrl"]: one["resource"] for one in request["entry"]}
    echoed = {one["fullUrl"]: one["resource"] for one in bundle["entry"][1:]}
    assert echoed == {url: sent[url] for url in echoed}
    assert sorted(one["resourceType"] for one in echoed.values()) == ["Organization", "Organization", "Patient"]


@pytest.mark.parametrize(
    ("base", "version", "codes", "outcome", "expected"),
    [
        (BASE, "2.2.1", {"s1": "PB002"}, "complete", {1: "A3", 2: "A1"}),
        (BASE, "2.2.1", {"s1": "PB008", "s2": "PB008"}, "complete", {1: "A4", 2: "A4"}),
        (BASE, "2.2.1", {"s1": "PB008"}, "partial", {1: "A4", 2: "A1"}),
        ("/pas/2.0/fhir", "2.0.1", {"s1": "PB008"}, "queued", {1: "A4", 2: "A1"}),
        (BASE, "2.2.1", {"s1": "PB012"}, "complete", {1: "A6", 2: "A1"}),
        (BASE, "2.2.1", {"s1": "PB009"}, "partial", {1: "A4", 2: "A1"}),
    ],
)
async def test_outcomes(service: Any, homecare: Any, base: str, version: str, codes: Any, outcome: str, expected: Any) -> None:
    response = first(await submitted(service, homecare(version=version, **codes), base))
    assert (response["outcome"], actions(response)) == (outcome, expected)


async def test_a_timed_pend_ends_by_itself(service: Any, homecare: Any) -> None:
    request = homecare(s1="PB003")
    before = first(await submitted(service, request))
    fired = await service.fire()
    changed, finalised = fired.published
    assert isinstance(changed, ClaimResponseChanged)
    assert isinstance(finalised, ClaimResponseFinalised)
    again = await service.submit(json.dumps(request), base=BASE)
    after = first(bundle_of(again))
    assert again.result["headers"]["Idempotency-Replayed"] == "true"
    assert (before["id"], actions(after)) == (after["id"], {1: "A1", 2: "A1"})
    stored = await service.stage.store.get(RESOURCES, "t_test", f"ClaimResponse/{after['id']}")
    assert stored.version_id == 2


async def test_an_operator_ends_pends_and_only_those(service: Any, homecare: Any) -> None:
    response = first(await submitted(service, homecare(s1="PB008", s2="PB008")))
    items = (FinalItem(sequence=1, action="A1"), FinalItem(sequence=2, action="A3", note="No"))
    done = await service.send(FinaliseClaimResponse(claim_response_id=response["id"], items=items))
    assert done.result["versionId"] == "2"
    assert done.result["items"] == [{"sequence": 1, "action": "A1"}, {"sequence": 2, "action": "A3"}]
    again = await service.send(FinaliseClaimResponse(claim_response_id=response["id"]))
    assert again.refusal.code == "stale_update"
    missing = await service.send(FinaliseClaimResponse(claim_response_id="nobody"))
    assert missing.refusal.code == "not_found"


async def test_more_information_is_asked_for_and_reviewed(service: Any, homecare: Any) -> None:
    bundle = await submitted(service, homecare(s1="PB006"))
    response = first(bundle)
    (asked,) = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "CommunicationRequest"]
    (task,) = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Task"]
    assert asked["payload"][0]["contentString"] == "11506-3"
    assert task["input"][0]["valueUrl"] == "https://pas.example.test/pas/2.2/fhir/$submit-attachment"
    assert response["communicationRequest"][0]["reference"].endswith(asked["id"])
    await service.send(ReviewClaim(authorization_id=response["identifier"][0]["value"], codes=("11506-3",)))
    stored = await service.stage.store.get(RESOURCES, "t_test", f"CommunicationRequest/{asked['id']}")
    assert json.loads(stored.content)["status"] == "completed"
    stored = await service.stage.store.get(RESOURCES, "t_test", f"ClaimResponse/{response['id']}")
    assert actions(json.loads(stored.content))[1] == "A1"


async def test_an_update_keeps_cancels_and_adds(service: Any, homecare: Any) -> None:
    before = first(await submitted(service, homecare()))
    handled = await service.submit(json.dumps(homecare("HomecareAuthorizationUpdate")), base=BASE)
    after = first(bundle_of(handled))
    assert isinstance(handled.published[0], ClaimUpdated)
    assert actions(after) == {1: "A1", 2: "C", 3: "A1"}
    assert number(after, 1) == number(before, 1)
    assert after["identifier"][0] == before["identifier"][0]


async def test_a_replaced_version_is_not_updated(service: Any, homecare: Any) -> None:
    await submitted(service, homecare())
    update = homecare("HomecareAuthorizationUpdate")
    await submitted(service, update)
    late = await service.submit(json.dumps({**update, "timestamp": "2026-01-03T09:00:00Z"}), base=BASE)
    assert late.refusal.code == "stale_update"
    assert "HomecareAuthorizationUpdateExample" in late.result["body"]


async def test_a_denied_request_is_not_updated(service: Any, homecare: Any) -> None:
    await submitted(service, homecare(s1="PB002", s2="PB002"))
    response = first(await submitted(service, homecare("HomecareAuthorizationUpdate")))
    assert (response["outcome"], response["error"][0]["code"]["coding"][0]["code"]) == ("error", "33")


async def test_an_update_lacks_an_item(service: Any, homecare: Any) -> None:
    await submitted(service, homecare())
    update = homecare("HomecareAuthorizationUpdate")
    del update["entry"][0]["resource"]["item"][1]
    refused = await service.submit(json.dumps(update), base=BASE)
    assert (refused.refusal.code, '"U-4"' in refused.result["body"]) == ("validation_failed", True)


async def test_an_inquiry_finds_what_was_submitted(service: Any, homecare: Any) -> None:
    inquiry = json.dumps(homecare("PASClaimInquiry"))
    nothing = bundle_of(await service.inquire(inquiry, base=BASE))
    assert nothing == {"resourceType": "Parameters"}
    submitted_response = first(await submitted(service, homecare()))
    found = bundle_of(await service.inquire(inquiry, base=BASE))
    (parameter,) = found["parameter"]
    response = first(parameter["resource"])
    assert (parameter["name"], response["id"]) == ("return", submitted_response["id"])
    assert response["meta"]["profile"][0].endswith("profile-claiminquiryresponse")


@pytest.mark.parametrize("base", ["/fhir", "/pas/2.0/fhir"])
async def test_an_inquiry_that_finds_nothing(service: Any, homecare: Any, base: str) -> None:
    found = bundle_of(await service.inquire(json.dumps(homecare("PASClaimInquiry")), base=base))
    assert first(found)["issue"][0]["code"] == "not-found"


async def test_the_seeds_inquiry(service: Any, example: Example) -> None:
    submitted_response = first(bundle_of(await service.submit(example("aidbox-seeds/002-0-claim-submit-request.json"))))
    found = bundle_of(await service.inquire(example("aidbox-seeds/002-2-claim-inquire-request.json")))
    assert found["meta"]["profile"][0].endswith("profile-pas-inquiry-response-bundle")
    assert (first(found)["id"], first(found)["outcome"]) == (submitted_response["id"], "queued")
    assert "Claim" in [one["resource"]["resourceType"] for one in found["entry"]]


async def test_two_matches_come_newest_first(service: Any, homecare: Any) -> None:
    older = first(await submitted(service, homecare()))
    service.stage.clock.advance(timedelta(seconds=1))
    newer = first(await submitted(service, homecare("MedicalServicesAuthorization")))
    inquiry = homecare("PASClaimInquiry")
    item = first(inquiry)["item"][0]
    nothing = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-applicable"}
    first(inquiry)["item"] = [{**item, "productOrService": {"coding": [nothing]}}]
    found = bundle_of(await service.inquire(json.dumps(inquiry), base=BASE))
    assert [first(one["resource"])["id"] for one in found["parameter"]] == [newer["id"], older["id"]]
    together = bundle_of(await service.inquire(json.dumps(inquiry), base="/pas/2.0/fhir"))
    assert [one["resource"]["resourceType"] for one in together["entry"][:3]].count("ClaimResponse") == 2


async def test_an_authorization_is_found_on_another_base(service: Any, example: Example, homecare: Any) -> None:
    known = first(bundle_of(await service.submit(example("aidbox-seeds/002-0-claim-submit-request.json"))))
    inquiry = homecare("PASClaimInquiry")
    for entry in inquiry["entry"]:
        entry["resource"].pop("subscriberId", None)
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["identifier"] = [{"system": "http://hospital.example.org/patients", "value": "MRN123456"}]
    first(inquiry).pop("item")
    (found,) = bundle_of(await service.inquire(json.dumps(inquiry), base=BASE))["parameter"]
    response = first(found["resource"])
    assert (response["id"], response["outcome"], actions(response)) == (known["id"], "complete", {1: "A4"})


async def test_a_prior_claim_may_be_an_update_itself(service: Any, homecare: Any) -> None:
    await submitted(service, homecare())
    bundle = homecare("HomecareAuthorizationUpdate")
    prior = bundle["entry"][-1]["resource"]
    prior["related"] = [first(bundle)["related"][0] | {"claim": {"reference": "Claim/Absent"}}]
    assert actions(first(await submitted(service, bundle))) == {1: "A1", 2: "C", 3: "A1"}


async def test_an_update_without_the_prior_claim(service: Any, homecare: Any) -> None:
    bundle = homecare("HomecareAuthorizationUpdate")
    del bundle["entry"][-1]
    refused = await service.submit(json.dumps(bundle), base=BASE)
    assert '"U-2"' in refused.result["body"]


async def test_a_patient_who_is_only_stored_can_be_asked_about_on_fhir(service: Any, own_text: str, own_request: dict[str, Any]) -> None:
    first_id = bundle_of(await service.submit(own_text))["entry"][0]["resource"]["id"]
    del first(own_request)["identifier"]
    own_request["entry"] = [one for one in own_request["entry"] if one["resource"]["resourceType"] not in {"Patient", "Coverage"}]
    found = bundle_of(await service.inquire(json.dumps(own_request)))
    assert found["entry"][0]["resource"]["id"] == first_id


@pytest.mark.parametrize(("base", "status"), [(BASE, 422), ("/pas/2.0/fhir", 422), ("/fhir", 200)])
async def test_an_inquiry_names_insurer_and_provider(service: Any, homecare: Any, base: str, status: int) -> None:
    inquiry = homecare("PASClaimInquiry")
    first(inquiry).update(insurer={"display": "a plan"}, provider={"display": "a clinic"})
    handled = await service.inquire(json.dumps(inquiry), base=base)
    assert handled.result["status"] == status
    assert ['"Q-2"' in handled.result["body"], '"Q-3"' in handled.result["body"]] == [status == 422] * 2


@pytest.mark.parametrize("base", ["/fhir", BASE, "/pas/2.0/fhir"])
async def test_an_inquiry_needs_a_member(service: Any, homecare: Any, base: str) -> None:
    inquiry = homecare("PASClaimInquiry")
    del first(inquiry)["identifier"]
    inquiry["entry"] = [one for one in inquiry["entry"] if one["resource"]["resourceType"] not in {"Patient", "Coverage"}]
    handled = await service.inquire(json.dumps(inquiry), base=base)
    assert handled.result["status"] == 422
    assert '"Q-1"' in handled.result["body"]
