import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.facts.fhir_pas import ClaimResponseRecorded, ClaimSubmitted
from priorbus.fhir_pas.aggregates import RAW_REQUESTS, RESOURCE_HISTORY, RESOURCES
from priorbus.runtime.testing.handlers import Handled

Example = Callable[[str], str]


def body(handled: Handled) -> dict[str, Any]:
    assert handled.result["status"] == 200, handled.result["body"]
    parsed: dict[str, Any] = json.loads(handled.result["body"])
    return parsed


def bare(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in {"id", "meta", "created"}}


def response(handled: Handled) -> dict[str, Any]:
    resource: dict[str, Any] = body(handled)["entry"][0]["resource"]
    return resource


async def test_cases_1_and_2_the_shape_of_the_seed(service: Any, example: Example) -> None:
    bundle = body(await service.submit(example("aidbox-seeds/002-0-claim-submit-request.json")))
    expected = json.loads(example("aidbox-seeds/002-1-claim-submit-response.json"))
    assert bundle.keys() == expected.keys()
    assert (bundle["meta"], bundle["identifier"]) == (expected["meta"], expected["identifier"])
    for given, wanted in zip(bundle["entry"], expected["entry"], strict=True):
        assert bare(given["resource"]) == bare(wanted["resource"])
        assert given["resource"].keys() == wanted["resource"].keys()
        assert given["resource"]["meta"].keys() == wanted["resource"]["meta"].keys()
        assert given["resource"]["meta"]["profile"] == wanted["resource"]["meta"]["profile"]
        assert given["fullUrl"] == f"{given['resource']['resourceType']}/{given['resource']['id']}"


async def test_warnings_are_counted(service: Any, example: Example, own_text: str) -> None:
    assert (await service.submit(own_text)).result["headers"] == {}
    seeded = await service.submit(example("aidbox-seeds/002-0-claim-submit-request.json"))
    assert seeded.result["headers"] == {"X-Validation-Warnings": "12"}


async def test_facts_carry_ids_and_codes_only(service: Any, own_text: str) -> None:
    handled = await service.submit(own_text)
    submitted, recorded = handled.published
    assert isinstance(submitted, ClaimSubmitted)
    assert isinstance(recorded, ClaimResponseRecorded)
    assert (submitted.subject_id, recorded.subject_id) == ("claim-1", response(handled)["id"])
    (event,) = recorded.events
    assert event.data is not None
    assert (event.data["outcome"], event.data["items"]) == ("queued", [{"sequence": 1, "action": "A4"}])
    assert "Example" not in recorded.model_dump_json() + submitted.model_dump_json()


async def test_case_18_the_same_request_is_replayed_and_the_payer_not_asked(service: Any, payer: Any, own_text: str) -> None:
    first, again = await service.submit(own_text), await service.submit(own_text)
    assert again.result["headers"] == {"Idempotency-Replayed": "true"}
    assert (again.result["body"], again.published) == (first.result["body"], [])
    assert len(payer.requests) == 1


async def test_another_layout_of_the_same_content_is_the_same_request(service: Any, own_request: dict[str, Any]) -> None:
    first = await service.submit(json.dumps(own_request))
    again = await service.submit(json.dumps(own_request, indent=3, sort_keys=True))
    assert again.result["body"] == first.result["body"]


async def test_other_content_under_the_same_identifiers_is_new(service: Any, own_request: dict[str, Any]) -> None:
    first = await service.submit(json.dumps(own_request))
    own_request["timestamp"] = "2026-01-03T09:00:00Z"
    second = await service.submit(json.dumps(own_request))
    assert response(first)["id"] != response(second)["id"]
    assert "Idempotency-Replayed" not in second.result["headers"]


async def test_after_the_window_the_same_request_is_new(service: Any, own_text: str) -> None:
    first = await service.submit(own_text)
    service.stage.clock.advance(timedelta(hours=24))
    second = await service.submit(own_text)
    third = await service.submit(own_text)
    assert response(first)["id"] != response(second)["id"]
    assert third.result["headers"]["Idempotency-Replayed"] == "true"
    assert third.result["body"] == second.result["body"]


async def test_tenants_do_not_share_answers(service: Any, own_text: str) -> None:
    first, second = await service.submit(own_text), await service.submit(own_text, tenant="t_other")
    assert "Idempotency-Replayed" not in second.result["headers"]
    assert response(first)["id"] != response(second)["id"]


async def test_changed_resources_get_a_version_unchanged_ones_keep_theirs(service: Any, own_request: dict[str, Any]) -> None:
    await service.submit(json.dumps(own_request))
    own_request["entry"][1]["resource"]["birthDate"] = "1984-03-09"
    entries = body(await service.submit(json.dumps(own_request)))["entry"]
    versions = {entry["fullUrl"]: entry["resource"]["meta"]["versionId"] for entry in entries[1:]}
    assert versions == {
        "Patient/patient-1": "2",
        "Claim/claim-1": "1",
        "Organization/plan": "1",
        "Coverage/coverage-1": "1",
        "Organization/clinic": "1",
    }
    old = await service.stage.store.get(RESOURCE_HISTORY, "t_test", "Patient/patient-1/1")
    assert b"birthDate" not in old.content


async def test_an_id_of_another_client_is_not_overwritten(service: Any, own_text: str, own_request: dict[str, Any]) -> None:
    await service.submit(own_text)
    known = await service.stage.store.get(RESOURCES, "t_test", "Patient/patient-1")
    await service.stage.store.put(RESOURCES, "t_test", known.model_copy(update={"client": "somebody"}))
    own_request["timestamp"] = "2026-01-03T09:00:00Z"
    entries = body(await service.submit(json.dumps(own_request)))["entry"]
    patient = entries[1]["resource"]
    assert patient["id"] != "patient-1"
    assert entries[0]["resource"]["patient"] == {"reference": f"Patient/{patient['id']}"}
    assert entries[2]["resource"]["patient"] == {"reference": f"Patient/{patient['id']}"}


async def test_references_by_full_url_are_stored_as_type_and_id(service: Any, own_request: dict[str, Any]) -> None:
    own_request["entry"][1]["fullUrl"] = "urn:uuid:1f0c6c4c-5b5e-4f4b-8d59-0f3d3a1f5c11"
    own_request["entry"][0]["resource"]["patient"] = {"reference": "urn:uuid:1f0c6c4c-5b5e-4f4b-8d59-0f3d3a1f5c11"}
    del own_request["entry"][1]["resource"]["id"]
    entries = body(await service.submit(json.dumps(own_request)))["entry"]
    assert entries[2]["resource"]["patient"]["reference"] == entries[1]["fullUrl"]


@pytest.mark.parametrize(("text", "status"), [("{", 400), ("[]", 400), ('{"a":1}', 400), ('{"resourceType":"Patient"}', 422)])
async def test_case_52_what_is_no_request_is_refused_and_leaves_nothing(service: Any, text: str, status: int) -> None:
    handled = await service.submit(text)
    outcome = json.loads(handled.result["body"])
    assert (handled.result["status"], outcome["resourceType"], handled.published) == (status, "OperationOutcome", [])


async def test_a_base_that_is_not_served(service: Any, own_text: str) -> None:
    command = SubmitClaim(base="/pas/1.0/fhir", media_type="application/fhir+json", scopes=(), sha256="0" * 64, size=1, body=own_text)
    assert (await service.send(command)).result["status"] == 404


async def test_a_broken_rule_is_named_with_its_place(service: Any, own_request: dict[str, Any]) -> None:
    own_request["entry"][0]["resource"]["use"] = "claim"
    handled = await service.submit(json.dumps(own_request))
    issue = next(one for one in json.loads(handled.result["body"])["issue"] if one["severity"] == "error")
    assert (handled.result["status"], issue["expression"]) == (422, ["Bundle.entry[0].resource.use"])
    assert [coding["code"] for coding in issue["details"]["coding"]] == ["validation_failed", "C-3"]
    assert await service.stage.store.get(RESOURCES, "t_test", "Patient/patient-1") is None


@pytest.mark.parametrize(
    ("code", "outcome", "elements"),
    [
        ("PB001", "complete", {"preAuthPeriod", "item"}),
        ("PB002", "complete", {"processNote", "item"}),
        ("PB005", "complete", {"addItem", "processNote", "item"}),
        ("PB007", "error", {"error"}),
    ],
)
async def test_decisions(service: Any, own_request: dict[str, Any], code: str, outcome: str, elements: set[str]) -> None:
    own_request["entry"][0]["resource"]["item"][0]["productOrService"]["coding"][0]["code"] = code
    found = response(await service.submit(json.dumps(own_request)))
    assert found["outcome"] == outcome
    assert elements <= found.keys()
    assert found["identifier"][1] == {"system": "urn:example:claims", "value": "claim-1"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"patient": {"reference": "Patient/unknown"}}, "75"),
        ({"insurer": {"display": "somebody"}}, "T4"),
        ({"status": "cancelled"}, "33"),
        ({"item": None}, "15"),
    ],
)
async def test_business_errors_are_answers(
    service: Any, payer: Any, own_request: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    claim = {**own_request["entry"][0]["resource"], **change}
    own_request["entry"][0]["resource"] = {name: value for name, value in claim.items() if value is not None}
    found = response(await service.submit(json.dumps(own_request)))
    assert (found["outcome"], found["error"][0]["code"]["coding"][0]["code"]) == ("error", code)
    assert payer.requests == []


async def test_a_patient_known_from_before_identifies(service: Any, own_text: str, own_request: dict[str, Any]) -> None:
    await service.submit(own_text)
    del own_request["entry"][1]
    assert response(await service.submit(json.dumps(own_request)))["outcome"] == "queued"


def stored_command(text: str, announced: str) -> SubmitClaim:
    digest = hashlib.sha256(announced.encode()).hexdigest()
    return SubmitClaim(base="/fhir", media_type="application/fhir+json", scopes=(), sha256=digest, size=len(text), body_key="raw/t_test/1")


async def test_a_large_body_is_fetched_by_its_key(service: Any, own_text: str) -> None:
    service.bodies.bodies["raw/t_test/1"] = own_text.encode()
    assert response(await service.send(stored_command(own_text, own_text)))["outcome"] == "queued"


async def test_a_stored_body_that_was_exchanged_is_not_taken(service: Any, own_text: str) -> None:
    service.bodies.bodies["raw/t_test/1"] = own_text.encode()
    with pytest.raises(AssertionError, match="ValueError"):
        await service.send(stored_command(own_text, "another"))


async def test_a_body_that_is_not_utf_8_breaks_rule_j_1(service: Any) -> None:
    raw = b'{"resourceType":"Bundle","id":"\xff"}'
    service.bodies.bodies["raw/t_test/1"] = raw
    digest = hashlib.sha256(raw).hexdigest()
    about = {"media_type": "application/fhir+json", "sha256": digest, "size": len(raw), "body_key": "raw/t_test/1"}
    refused = await service.send(SubmitClaim(base="/pas/2.2/fhir", scopes=(), **about))
    (issue,) = json.loads(refused.result["body"])["issue"]
    codes = [(one["system"].rpartition("/")[2], one["code"]) for one in issue["details"]["coding"]]
    assert (refused.result["status"], issue["code"], codes) == (400, "structure", [("errors", "bad_request"), ("pas-rules", "J-1")])
    assert service.stage.store.all(RAW_REQUESTS, "t_test") == []
