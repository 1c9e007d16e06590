from datetime import UTC, datetime
from typing import Any

from fhir.resources.R4B.claimresponse import ClaimResponse

from priorbus.fhir_pas.domain.claim_response import Answered, claim_response
from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.fhir_json import dump
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def rendered(claim: dict[str, Any], *items: ItemDecision) -> dict[str, Any]:
    parties = {role: claim[role] for role in ("patient", "insurer", "provider")}
    request = {"reference": f"Claim/{claim['id']}"}
    answered = Answered("cr-1", "authorization-1", claim, parties, request, PayerAnswer(items=items), "https://pas.example.test", NOW)
    resource = claim_response(answered)
    ClaimResponse.model_validate_json(dump(resource))
    return resource


def test_only_pended_items_give_the_seeds_elements(own_request: dict[str, Any]) -> None:
    found = rendered(own_request["entry"][0]["resource"], ItemDecision(1, "A4", reference="PEND1"))
    assert found.keys() == {
        "resourceType", "id", "meta", "status", "type", "use", "patient", "created", "insurer", "request", "outcome", "item",
    }  # fmt: skip
    (item,) = found["item"]
    assert item.keys() == {"itemSequence", "adjudication"}
    assert item["adjudication"][0].keys() == {"category"}


def test_mixed_items_show_the_decided_ones(own_request: dict[str, Any]) -> None:
    claim = own_request["entry"][0]["resource"]
    trace = {"url": extension("itemTraceNumber"), "valueIdentifier": {"system": "urn:x", "value": "1"}}
    claim["item"] = [{**claim["item"][0], "servicedDate": "2026-02-01", "extension": [trace]}, {**claim["item"][0], "sequence": 2}]
    decided = ItemDecision(1, "A1", number="AUTH1", start="2026-02-01", end="2026-05-02")
    found = rendered(claim, decided, ItemDecision(2, "A4", reference="PEND1"))
    certified, pended = found["item"]
    assert found["outcome"] == "queued"
    assert [one["url"].rsplit("-", 1)[-1] for one in certified["extension"]] == [
        "itemTraceNumber", "itemPreAuthIssueDate", "itemPreAuthPeriod", "itemRequestedServiceDate",
    ]  # fmt: skip
    assert certified["adjudication"][0]["extension"][0]["extension"][1] == {"url": "number", "valueString": "AUTH1"}
    assert [one["url"].rsplit("-", 1)[-1] for one in pended["extension"]] == ["administrationReferenceNumber"]
    assert "preAuthPeriod" not in found


def test_equal_notes_are_told_once(own_request: dict[str, Any]) -> None:
    claim = own_request["entry"][0]["resource"]
    claim["item"] = [claim["item"][0], {**claim["item"][0], "sequence": 2}]
    found = rendered(claim, ItemDecision(1, "A3", note="No"), ItemDecision(2, "A3", note="No", reason_codes=("X",)))
    assert found["processNote"] == [{"number": 1, "text": "No"}]
    assert [item["noteNumber"] for item in found["item"]] == [[1], [1]]


def test_a_request_without_items_has_its_action_at_the_claim(own_request: dict[str, Any]) -> None:
    claim = {name: value for name, value in own_request["entry"][0]["resource"].items() if name != "item"}
    found = rendered(claim)
    assert (found["outcome"], "item" in found) == ("complete", False)
    (adjudication,) = found["adjudication"]
    assert adjudication["extension"][0]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "C"
