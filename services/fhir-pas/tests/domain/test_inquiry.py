from typing import Any

import pytest

from priorbus.fhir_pas.domain.claim_keys import wanted_member_keys
from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.fhir_json import dump, parse
from priorbus.fhir_pas.domain.inquiry import Request, fits, is_withheld, phone_of_payer
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.structure.reopen import links_of

CERTIFIED = ItemDecision(1, "A1", issued="2026-01-05", start="2026-02-01", end="2026-05-01")
PENDED = ItemDecision(1, "A4", start="2026-02-01")


@pytest.fixture
def claim(own_request: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = own_request["entry"][0]["resource"]
    return found


def asked(claim: dict[str, Any], **item: Any) -> dict[str, Any]:
    service = {"productOrService": claim["item"][0]["productOrService"]}
    return {"item": [{**service, **item}]}


def dated(name: str, **value: Any) -> list[dict[str, Any]]:
    return [{"url": extension(f"itemCertification{name}Date"), **value}]


@pytest.mark.parametrize(
    ("name", "value", "decision", "found"),
    [
        ("Issue", {"valueDate": "2026-01-05"}, CERTIFIED, True),
        ("Issue", {"valueDate": "2026-01-06"}, CERTIFIED, False),
        ("Issue", {"valuePeriod": {"start": "2026-01-01"}}, CERTIFIED, True),
        ("Effective", {"valuePeriod": {"start": "2026-01-01", "end": "2026-02-01"}}, CERTIFIED, True),
        ("Effective", {"valueDate": "2026-01-31"}, CERTIFIED, False),
        ("Expiration", {"valueDate": "2026-05-01"}, CERTIFIED, True),
        ("Effective", {"valueDate": "2026-02-01"}, PENDED, False),
    ],
)
def test_dates_of_the_certification(claim: dict[str, Any], name: str, value: Any, decision: ItemDecision, found: bool) -> None:
    inquiry = asked(claim, extension=dated(name, **value))
    assert fits(inquiry, claim, PayerAnswer(items=(decision,))) is found


def test_the_present_review_action(claim: dict[str, Any]) -> None:
    code = {"coding": [{"system": "https://codesystem.x12.org/005010/306", "code": "A1"}]}
    inquiry = asked(claim, extension=[{"url": extension("reviewActionCode"), "valueCodeableConcept": code}])
    assert fits(inquiry, claim, PayerAnswer(items=(CERTIFIED,)))
    assert not fits(inquiry, claim, PayerAnswer(items=(PENDED,)))


def test_a_range_of_services(claim: dict[str, Any]) -> None:
    system = "http://www.ama-assn.org/go/cpt"

    def between(first: str, last: str) -> dict[str, Any]:
        end = {"url": extension("productOrServiceCodeEnd"), "valueCodeableConcept": {"coding": [{"system": system, "code": last}]}}
        return {"item": [{"productOrService": {"coding": [{"system": system, "code": first}]}, "extension": [end]}]}

    answer = PayerAnswer(items=(CERTIFIED,))
    assert fits(between("99210", "99215"), claim, answer)
    assert not fits(between("99214", "99215"), claim, answer)


def test_codes_that_are_withheld(claim: dict[str, Any]) -> None:
    assert is_withheld(claim, ("992*",))
    assert not is_withheld(claim, ("70*",))
    assert not is_withheld(claim, ())


def test_a_patient_that_is_named_by_identifier_only(own_request: dict[str, Any]) -> None:
    named = parse(dump(own_request))
    named["entry"][0]["resource"]["patient"] = {"identifier": {"system": "urn:example:patients", "value": "mrn-1"}}
    named["entry"] = [one for one in named["entry"] if one["resource"]["resourceType"] != "Patient"]
    assert wanted_member_keys(named, links_of(named)) == wanted_member_keys(own_request, links_of(own_request))


def test_the_payers_phone(own_request: dict[str, Any]) -> None:
    assert phone_of_payer(Request(own_request, links_of(own_request))) == ""
    plan = next(one["resource"] for one in own_request["entry"] if one["resource"]["id"] == "plan")
    plan["telecom"] = [{"system": "email", "value": "x@example.test"}, {"system": "phone", "value": "555-0100"}]
    assert phone_of_payer(Request(own_request, links_of(own_request))) == "555-0100"
