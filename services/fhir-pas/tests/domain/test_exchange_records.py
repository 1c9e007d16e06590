from typing import Any

import pytest

from priorbus.fhir_pas.domain.exchange_records import exchange_kind, item_results, organisation_ids
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.structure.reopen import links_of

NPI = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "8189991234"}
PAYER_ID = {
    "type": {"coding": [{"system": "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType", "code": "payerid"}]},
    "value": "PLAN-1",
}
CANCELLED, CERTIFIED = ItemDecision(1, "C"), ItemDecision(2, "A1")


@pytest.mark.parametrize(
    ("items", "updates", "kind"),
    [((CERTIFIED,), False, "initial"), ((CANCELLED, CERTIFIED), True, "update"), ((CANCELLED,), True, "cancel"), ((), True, "update")],
)
def test_kind(items: tuple[ItemDecision, ...], updates: bool, kind: str) -> None:
    assert exchange_kind(items, updates=updates) == kind


def test_results() -> None:
    assert item_results((CANCELLED, CERTIFIED)) == "1=C 2=A1"


def scene(bundle: dict[str, Any]) -> Scene:
    keys = tuple(f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in bundle["entry"])
    return Scene("s", "a", "r", bundle, links_of(bundle), keys, PayerAnswer(), "https://pas.example.test", None)  # type: ignore[arg-type]


def test_organisations_are_named_and_persons_are_not(own_request: dict[str, Any]) -> None:
    clinic, plan = own_request["entry"][3]["resource"], own_request["entry"][4]["resource"]
    clinic["identifier"], plan["identifier"] = [NPI], [{"value": "Jo Example"}, {"value": "99-1234567"}, PAYER_ID]
    assert organisation_ids(scene(own_request)) == {"provider_id": "8189991234", "payer_id": "PLAN-1"}
    role = {
        "resourceType": "PractitionerRole",
        "id": "role",
        "identifier": [{"value": "1"}],
        "organization": {"reference": "Organization/clinic"},
    }
    own_request["entry"].append({"fullUrl": "https://ehr.example.test/PractitionerRole/role", "resource": role})
    own_request["entry"][0]["resource"]["provider"] = {"reference": "PractitionerRole/role"}
    assert organisation_ids(scene(own_request)) == {"group_id": "8189991234", "payer_id": "PLAN-1"}


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [
        (NPI, {"provider_id": "8189991234"}),
        ({"system": "urn:oid:2.16.840.1.113883.6.300", "value": "95216"}, {"provider_id": "95216"}),
        ({"system": "urn:oid:2.16.840.1.113883.4.7", "value": "11D2030855"}, {"provider_id": "11D2030855"}),
        ({**NPI, "value": "123-45-6789"}, {}),
        ({"system": "urn:oid:2.16.840.1.113883.4.4", "value": "123456789"}, {}),
        ({"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123456789"}, {}),
        ({"value": "8189991234"}, {}),
        ({**PAYER_ID, "value": "Jo Example"}, {}),
    ],
)
def test_what_may_be_somebodys_tax_number_is_not_told(
    own_request: dict[str, Any], identifier: dict[str, Any], shown: dict[str, str]
) -> None:
    own_request["entry"][3]["resource"]["identifier"] = [identifier]
    own_request["entry"][4]["resource"].pop("identifier", None)
    assert organisation_ids(scene(own_request)) == shown
