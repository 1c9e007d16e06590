from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from priorbus.contracts.authorizations import Attachment, Authorization
from priorbus.fhir_pas.domain import preparation
from priorbus.fhir_pas.domain.claim_bundle.build import request_bundle
from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.fhir_json import dump, parse
from priorbus.fhir_pas.domain.preparation import Package, UnfitBundleError

BASE = "https://pas.example.test"
WithReceipt = Callable[[Authorization], Authorization]


def built(case: Authorization, attempt: int = 1, prior: dict[str, Any] | None = None) -> dict[str, Any]:
    return parse(dump(request_bundle(case, attempt, BASE, prior)))


def claim_of(bundle: dict[str, Any]) -> dict[str, Any]:
    claim: dict[str, Any] = bundle["entry"][0]["resource"]
    return claim


def kinds(bundle: dict[str, Any]) -> list[str]:
    return [entry["resource"]["resourceType"] for entry in bundle["entry"]]


def fit(bundle: dict[str, Any]) -> None:
    preparation.check(Package(bundle, b""))


def another(case: Authorization, **changes: Any) -> Authorization:
    return case.model_copy(update=changes)


def test_the_bundle_is_a_strict_pas_request(case: Authorization) -> None:
    bundle = built(case)
    fit(bundle)
    assert kinds(bundle) == ["Claim", "Patient", "Coverage", "Organization", "Organization", "QuestionnaireResponse", "DocumentReference"]


def test_the_same_attempt_gives_the_same_bytes(case: Authorization) -> None:
    assert dump(request_bundle(case, 1, BASE)) == dump(request_bundle(case, 1, BASE))


def test_each_attempt_has_a_claim_of_its_own_and_the_same_parties(case: Authorization) -> None:
    one, two = built(case), built(case, 2)
    assert claim_of(one)["identifier"] == [{"system": f"{BASE}/identifiers/authorization", "value": "auth_123:1"}]
    assert claim_of(two)["identifier"][0]["value"] == "auth_123:2"
    urls = [[entry["fullUrl"] for entry in bundle["entry"]] for bundle in (one, two)]
    assert urls[0][0] != urls[1][0]
    assert urls[0][1:] == urls[1][1:]


def test_the_service_is_told_in_codes(case: Authorization) -> None:
    claim = claim_of(built(case))
    (item,) = claim["item"]
    assert item["productOrService"]["coding"] == [{"system": "http://www.ama-assn.org/go/cpt", "code": "70553"}]
    assert item["servicedDate"] == "2026-02-01"
    assert str(item["quantity"]["value"]) == "2.50"
    assert claim["type"]["coding"][0]["code"] == "professional"
    assert claim["priority"]["coding"][0]["code"] == "normal"
    assert [diagnosis["diagnosisCodeableConcept"]["coding"][0]["code"] for diagnosis in claim["diagnosis"]] == ["G43.909", "R51.9"]
    assert ["type" in diagnosis for diagnosis in claim["diagnosis"]] == [True, False]


def test_inpatient_is_institutional(case: Authorization) -> None:
    selection = case.selection.model_copy(update={"service_type": "inpatient"})
    bundle = built(another(case, selection=selection))
    fit(bundle)
    assert claim_of(bundle)["type"]["coding"][0]["code"] == "institutional"


def test_an_urgent_case_says_so(case: Authorization) -> None:
    claim = claim_of(built(another(case, answers={**case.answers, "request.isUrgent": (True,)})))
    assert claim["priority"]["coding"][0]["code"] == "stat"
    assert claim["extension"][0]["url"] == extension("levelOfServiceCode")


def test_the_member_is_in_patient_and_coverage(case: Authorization) -> None:
    bundle = built(case)
    patient, coverage = bundle["entry"][1]["resource"], bundle["entry"][2]["resource"]
    assert patient["identifier"][0]["value"] == coverage["identifier"][0]["value"] == "SBX-APPROVE"


def test_another_subscriber_is_a_person_of_their_own(case: Authorization) -> None:
    subscriber = {"subscriber.isPatient": (False,), "subscriber.firstName": ("Kim",), "subscriber.lastName": ("Example",)}
    bundle = built(another(case, answers={**case.answers, **subscriber}))
    fit(bundle)
    people = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient"}
    coverage = next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Coverage")
    assert people[coverage["subscriber"]["reference"]]["name"] == [{"family": "Example", "given": ["Kim"]}]


def test_answers_are_told_by_link_id(case: Authorization) -> None:
    response = built(case)["entry"][5]["resource"]
    items = {item["linkId"]: item for item in response["item"]}
    assert items["subscriber.isPatient"]["answer"] == [{"valueBoolean": True}]
    assert [item for item in response["item"] if item["linkId"] == "diagnoses"][1]["item"] == [
        {"linkId": "diagnoses.code", "answer": [{"valueString": "R51.9"}]}
    ]


def test_a_document_is_named_by_file_and_hash_not_by_key(case: Authorization) -> None:
    bundle = built(case)
    document = bundle["entry"][6]["resource"]
    assert [one["value"] for one in document["identifier"]] == ["file_1", "ab" * 32]
    assert document["content"][0]["attachment"]["size"] == 1000
    assert case.attachments[0].storage_key.encode() not in dump(bundle)


def test_an_update_carries_the_prior_claim_and_keeps_its_sequences(case: Authorization) -> None:
    prior = built(case)
    fresh = Attachment(**{**case.attachments[0].model_dump(), "id": "att_2", "file_id": "file_2", "document_types": ("treatment_plan",)})
    bundle = built(another(case, attachments=(fresh,)), 2, prior)
    fit(bundle)
    claim = claim_of(bundle)
    assert claim["related"][0]["claim"]["reference"] == prior["entry"][0]["fullUrl"]
    assert bundle["entry"][-1]["fullUrl"] == prior["entry"][0]["fullUrl"]
    information = {info["sequence"]: info for info in claim["supportingInfo"]}
    assert [info["sequence"] for info in claim_of(prior)["supportingInfo"]] == [1, 2]
    assert sorted(information) == [1, 2, 3]
    assert ["modifierExtension" in information[sequence] for sequence in (1, 2, 3)] == [False, True, False]
    assert claim["item"][0]["informationSequence"] == [1, 3]


def test_the_prior_claim_of_an_update_leaves_its_own_past_behind(case: Authorization) -> None:
    second = built(case, 2, built(case))
    third = built(case, 3, second)
    fit(third)
    claims = [entry["resource"] for entry in third["entry"] if entry["resource"]["resourceType"] == "Claim"]
    assert ["related" in claim for claim in claims] == [True, False]


def test_only_a_receipt_makes_the_next_attempt_an_update(case: Authorization, with_receipt: WithReceipt) -> None:
    sent = dump(built(case))
    assert "related" not in claim_of(preparation.package(case, 2, BASE, sent).bundle)
    assert "related" in claim_of(preparation.package(with_receipt(case), 2, BASE, sent).bundle)


def test_an_unfit_bundle_is_told_by_rules_without_answers(case: Authorization) -> None:
    answers = {name: value for name, value in case.answers.items() if name != "patient.gender"}
    with pytest.raises(UnfitBundleError) as refused:
        fit(built(another(case, answers=answers)))
    assert "V-3 Bundle.entry[1].resource.gender" in str(refused.value)
    assert "Robin" not in str(refused.value)


def test_decimals_are_exact(case: Authorization) -> None:
    assert claim_of(built(case))["item"][0]["quantity"]["value"] == Decimal("2.50")
