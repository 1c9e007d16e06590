import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.structure.check import check_structure

ORDER = {"resourceType": "NutritionOrder", "status": "active", "patient": {"display": "x"}, "dateTime": "2026-01-05"}
ITEM = {"productOrService": {"text": "x"}}
EXAMPLES = Path(__file__).parents[6] / "shared" / "fhir" / "examples"


def found(resource: dict[str, Any]) -> list[tuple[str, str, str]]:
    issues = check_structure(parse(json.dumps(resource)), modifiers="error").issues
    return [(issue.rule, issue.severity, issue.expression) for issue in issues]


def edited(request: dict[str, Any], position: int, **elements: Any) -> dict[str, Any]:
    resource = request["entry"][position]["resource"]
    resource.update(elements)
    return request


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the FHIR examples is absent")
def test_every_official_example_is_well_formed() -> None:
    flawed = {path.name: check_structure(parse(path.read_bytes()), modifiers="error").issues for path in EXAMPLES.rglob("*.json")}
    assert len(flawed) > 100
    assert {name: issues for name, issues in flawed.items() if issues} == {}


def test_a_good_request_has_no_flaw(own_request: dict[str, Any]) -> None:
    assert found(own_request) == []


@pytest.mark.parametrize(
    ("elements", "issue"),
    [
        ({"foo": 1}, ("S-1", "error", ".foo")),
        ({"birthDate": "1970-13-01"}, ("S-1", "error", ".birthDate")),
        ({"active": None}, ("S-3", "error", ".active")),
        ({"name": []}, ("S-3", "error", ".name")),
        ({"name": [{}]}, ("S-3", "error", ".name[0]")),
        ({"active": "true"}, ("S-4", "error", ".active")),
        ({"birthDate": 1970}, ("S-4", "error", ".birthDate")),
        ({"name": {"family": "Example"}}, ("S-4", "error", ".name")),
        ({"maritalStatus": "M"}, ("S-4", "error", ".maritalStatus")),
        ({"id": "a b"}, ("S-5", "error", ".id")),
        ({"id": "a" * 65}, ("S-5", "error", ".id")),
        ({"photo": [{"data": "%%%"}]}, ("S-6", "error", ".photo[0].data")),
        ({"gender": "m"}, ("S-7", "error", ".gender")),
        ({"contained": [{**ORDER, "intent": "wish"}]}, ("S-7", "error", ".contained[0].intent")),
        ({"name": [{"family": "  "}]}, ("S-8", "warning", ".name[0].family")),
        ({"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}, ("S-9", "error", ".modifierExtension[0]")),
        ({"contained": [{"resourceType": "Foo"}]}, ("S-2", "error", ".contained[0]")),
        ({"contained": [{"id": "a"}]}, ("S-2", "error", ".contained[0]")),
        ({"contained": [{"resourceType": ["Patient"]}]}, ("S-2", "error", ".contained[0]")),
        ({"contained": ["Patient"]}, ("S-2", "error", ".contained[0]")),
        ({"contained": [{"resourceType": "MedicinalProduct", "id": "a"}]}, ("S-2", "warning", ".contained[0]")),
    ],
)
def test_a_flaw_is_named_where_it_is(own_request: dict[str, Any], elements: dict[str, Any], issue: tuple[str, str, str]) -> None:
    rule, severity, step = issue
    assert (rule, severity, "Bundle.entry[1].resource" + step) in found(edited(own_request, 1, **elements))


def test_a_missing_element_is_named(own_request: dict[str, Any]) -> None:
    del own_request["entry"][0]["resource"]["patient"]
    assert ("S-1", "error", "Bundle.entry[0].resource.patient") in found(own_request)


@pytest.mark.parametrize(
    ("elements", "code", "place"),
    [
        ({"provider": None}, "required", ".provider"),
        ({"created": None}, "required", ".created"),
        ({"item": [ITEM]}, "required", ".item[0].sequence"),
        ({"diagnosis": [{"sequence": 1}]}, "required", ".diagnosis[0]"),
        ({"item": [{**ITEM, "sequence": 1, "servicedDate": "2026", "servicedPeriod": {"start": "2026"}}]}, "structure", ".item[0]"),
        ({"created": "yesterday"}, "value", ".created"),
        ({"reason": 1}, "structure", ".reason"),
    ],
)
def test_what_the_models_refuse_has_the_code_for_it(own_request: dict[str, Any], elements: dict[str, Any], code: str, place: str) -> None:
    claim = {name: value for name, value in (own_request["entry"][0]["resource"] | elements).items() if value is not None}
    issues = check_structure(parse(json.dumps(claim)), modifiers="error").issues
    assert (code, f"Claim{place}") in [(issue.code, issue.expression) for issue in issues if issue.rule == "S-1"]


def test_nulls_stand_beside_extensions_of_primitives(own_request: dict[str, Any]) -> None:
    note = {"extension": [{"url": "urn:x", "valueString": "unknown"}]}
    assert found(edited(own_request, 1, name=[{"given": ["A", None], "_given": [None, note]}])) == []


def test_nothing_reported_quotes_the_request(own_request: dict[str, Any]) -> None:
    request = edited(own_request, 1, birthDate="SECRET", gender="SECRET", id="SECRET ID")
    issues = check_structure(parse(json.dumps(request)), modifiers="error").issues
    assert len(issues) >= 3
    assert "SECRET" not in str(issues)


def test_references_are_found_on_the_way(own_request: dict[str, Any]) -> None:
    references = check_structure(parse(json.dumps(own_request)), modifiers="error").references
    assert [reference.element["reference"] for reference in references][:2] == ["Patient/patient-1", "Organization/plan"]
    assert references[0].path == "Bundle.entry[0].resource.patient"


def test_the_seed_request_is_well_formed(example: Callable[[str], str]) -> None:
    assert found(json.loads(example("aidbox-seeds/002-0-claim-submit-request.json"))) == []


@pytest.mark.parametrize("entry", [7, None, True, -1.5, {"x": 1}, "x", [None], [7], [{"resource": None}], [{"resource": 7}]])
def test_entries_of_any_type_are_answered(own_request: dict[str, Any], entry: Any) -> None:
    assert "error" in {severity for _, severity, _ in found({**own_request, "entry": entry})}
