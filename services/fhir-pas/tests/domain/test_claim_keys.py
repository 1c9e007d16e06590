import json
from typing import Any

import pytest

from priorbus.fhir_pas.domain.claim_keys import member_keys, wanted_member_keys
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.structure.reopen import links_of

MEMBER = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB"}]}


def kept(request: dict[str, Any]) -> set[str]:
    bundle = parse(json.dumps(request))
    return set(member_keys(bundle, links_of(bundle)))


def wanted(request: dict[str, Any]) -> set[str]:
    bundle = parse(json.dumps(request))
    return set(wanted_member_keys(bundle, links_of(bundle)))


def test_only_the_patient_of_the_claim_is_the_member(own_request: dict[str, Any]) -> None:
    before = wanted(own_request)
    parent = {"resourceType": "Patient", "id": "parent", "identifier": [{"type": MEMBER, "value": "of-a-parent"}]}
    other = {"resourceType": "Coverage", "id": "other", "status": "active", "subscriberId": "of-another"}
    for one in (parent, other):
        own_request["entry"].append({"fullUrl": f"https://ehr.example.test/{one['resourceType']}/{one['id']}", "resource": one})
    assert wanted(own_request) == before


@pytest.mark.parametrize(
    ("stored", "asked", "found"),
    [
        ({"system": "urn:a", "value": "1"}, {"system": "urn:a", "value": "1"}, True),
        ({"system": "urn:a", "value": "1"}, {"value": "1"}, True),
        ({"value": "1"}, {"system": "urn:a", "value": "1"}, True),
        ({"system": "urn:a", "value": "1"}, {"system": "urn:b", "value": "1"}, False),
        ({"system": "urn:a", "value": "1"}, {"value": "2"}, False),
    ],
)
def test_an_absent_system_fits_any(own_request: dict[str, Any], stored: dict[str, str], asked: dict[str, str], *, found: bool) -> None:
    own_request["entry"][1]["resource"]["identifier"] = [stored]
    known = kept(own_request)
    own_request["entry"][1]["resource"]["identifier"] = [asked]
    assert bool(known & wanted(own_request)) is found


def test_the_first_kind_of_identifier_decides(own_request: dict[str, Any]) -> None:
    by_patient = wanted(own_request)
    own_request["entry"][2]["resource"]["subscriberId"] = "S-1"
    by_subscriber = wanted(own_request)
    own_request["entry"][2]["resource"]["identifier"] = [{"type": MEMBER, "value": "M-1"}]
    by_member = wanted(own_request)
    assert len({frozenset(one) for one in (by_patient, by_subscriber, by_member)}) == 3
    assert all(one & kept(own_request) for one in (by_patient, by_subscriber, by_member))
