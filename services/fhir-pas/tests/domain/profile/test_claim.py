"""Rows of fhir-pas.md 6.3 to 6.5 that the official examples do not touch."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_2, Base
from priorbus.fhir_pas.domain.codes import RELATED_CLAIM, extension, x12
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile.claim import RULES
from priorbus.fhir_pas.domain.profile.table import Strictness, violations

Json = dict[str, Any]
DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def valued(name: str, element: int, code: str) -> Json:
    return {"url": extension(name), "valueCodeableConcept": coded(x12(element), code)}


@pytest.fixture
def claim(example: Callable[[str], str]) -> Json:
    bundle: Json = json.loads(example("ig-pas-2.2.1/Bundle-HomecareAuthorizationBundleExample.json"))
    found: Json = bundle["entry"][0]["resource"]
    return found


def judged(claim: Json, base: Base = PAS_2_2, rule: str = "") -> list[Issue]:
    return [issue for issue in violations(RULES, claim, "Claim", Strictness(base)) if not rule or issue.rule == rule]


def test_an_immediate_certification_needs_a_level_of_service_on_item_or_claim(claim: Json) -> None:
    item = claim["item"][0]
    item["extension"] = [one for one in item["extension"] if not one["url"].endswith("certificationType")]
    item["extension"].append(valued("certificationType", 1322, "1"))
    assert [(issue.severity, issue.expression) for issue in judged(claim, rule="C-18")] == [("warning", "Claim.item[0].extension")]
    assert judged(claim, FHIR, "C-18") == []
    level = valued("levelOfServiceCode", 1338, "U")
    item["extension"].append(level)
    assert judged(claim, rule="C-18") == []
    item["extension"].remove(level)
    claim["extension"] = [level]
    assert judged(claim, rule="C-18") == []


@pytest.mark.parametrize(("code", "flaws"), [("not-applicable", 0), ("unknown", 1)])
def test_a_service_may_be_absent_for_one_reason_only(claim: Json, code: str, flaws: int) -> None:
    claim["item"][0]["productOrService"] = coded(DATA_ABSENT, code)
    assert len(judged(claim, rule="T-2")) == flaws


def test_codes_of_x12_elements_come_from_their_systems(claim: Json) -> None:
    assert judged(claim, rule="T-3") == []
    claim["item"][0]["extension"].append(valued("nursingHomeLevelOfCare", 1338, "1"))
    place = f"Claim.item[0].extension[{len(claim['item'][0]['extension']) - 1}].valueCodeableConcept"
    assert [(issue.severity, issue.expression) for issue in judged(claim, rule="T-3")] == [("warning", place)]
    assert judged(claim, FHIR, "T-3") == []


def test_the_date_of_home_care_is_a_full_one(claim: Json) -> None:
    parts = [{"url": "prognosis", "valueCodeableConcept": coded(x12(923), "1")}, {"url": "date", "valueDate": "2026-02"}]
    claim["extension"] = [{"url": extension("homeHealthCareInformation"), "extension": parts}]
    assert [issue.expression for issue in judged(claim, rule="C-14")] == ["Claim.extension[0].extension[1].valueDate"]


@pytest.mark.parametrize(("system", "flaws"), [(RELATED_CLAIM, 0), ("urn:other", 1)])
def test_an_update_is_related_by_the_published_code(claim: Json, system: str, flaws: int) -> None:
    claim["related"] = [{"claim": {"reference": "Claim/before"}, "relationship": coded(system, "prior")}]
    assert len(judged(claim, rule="U-1")) == flaws
