from typing import Any

import pytest

from priorbus.fhir_pas.domain.exchange_records import exchange_kind, item_results, organisation_ids
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.structure.reopen import links_of

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
    clinic["identifier"], plan["identifier"] = [{"value": "8189991234"}], [{"value": "Jo Example"}, {"value": "PLAN-1"}]
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
