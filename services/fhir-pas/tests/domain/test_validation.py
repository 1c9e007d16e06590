"""What the bases answer to the official examples (the table in the data package's README, and acceptance cases 17, 34 to 53)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_0, PAS_2_2, Base
from priorbus.fhir_pas.domain.issues import Issue, errors
from priorbus.fhir_pas.domain.limits import LIMITS, Limits
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.validation import Rejection, check_references, validate_submission

Example = Callable[[str], str]


def judged(text: str, base: Base, **overrides: Any) -> tuple[int, tuple[Issue, ...]]:
    strictness = Strictness(base, overrides)
    validated = validate_submission(text, strictness)
    if isinstance(validated, Rejection):
        return validated.status, validated.issues
    issues = check_references(validated, strictness)
    return (issues.status, issues.issues) if isinstance(issues, Rejection) else (200, issues)


def rules(text: str, base: Base) -> set[str]:
    return {issue.rule for issue in errors(judged(text, base)[1])}


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("ig-pas-2.2.1/Bundle-HomecareAuthorizationBundleExample.json", (200, 200, 200)),
        ("ig-pas-2.2.1/Bundle-HomecareAuthorizationUpdateBundleExample.json", (200, 200, 200)),
        ("ig-pas-2.2.1/Bundle-MedicalServicesAuthorizationBundleExample.json", (200, 200, 200)),
        ("ig-pas-2.2.1/Bundle-ReferralAuthorizationBundleExample.json", (200, 200, 200)),
        ("ig-pas-2.2.1/Bundle-SurgicalRequestBundleExample.json", (422, 422, 200)),
        ("ig-pas-2.0.1/Bundle-HomecareAuthorizationBundleExample.json", (422, 200, 200)),
        ("ig-pas-2.0.1/Bundle-HomecareAuthorizationUpdateBundleExample.json", (422, 200, 200)),
        ("ig-pas-2.0.1/Bundle-MedicalServicesAuthorizationBundleExample.json", (422, 200, 200)),
        ("ig-pas-2.0.1/Bundle-ReferralAuthorizationBundleExample.json", (422, 200, 200)),
        ("ig-pas-2.0.1/Bundle-SurgicalRequestBundleExample.json", (422, 422, 200)),
        ("ig-pas-2.2.1/Bundle-ReferralAuthorizationResponseBundleExample.json", (422, 422, 422)),
        ("ig-pas-2.2.1/Claim-HomecareAuthorizationExample.json", (422, 422, 422)),
    ],
)
def test_official_requests(example: Example, name: str, statuses: tuple[int, int, int]) -> None:
    text = example(name)
    assert tuple(judged(text, base)[0] for base in (PAS_2_2, PAS_2_0, FHIR)) == statuses


def test_the_seed_request_passes_leniently_with_warnings(example: Example) -> None:
    status, issues = judged(example("aidbox-seeds/002-0-claim-submit-request.json"), FHIR)
    assert (status, {issue.rule for issue in issues}) == (200, {"B-10", "R-2"})


def test_case_17_the_seed_request_on_a_strict_base(example: Example) -> None:
    assert rules(example("aidbox-seeds/002-0-claim-submit-request.json"), PAS_2_2) == {"B-10", "C-12", "V-1"}


def test_case_36_unresolved_references_are_named(example: Example) -> None:
    _, issues = judged(example("ig-pas-2.2.1/Bundle-SurgicalRequestBundleExample.json"), PAS_2_2)
    assert [(issue.rule, issue.expression) for issue in errors(issues)] == [
        ("R-1", "Bundle.entry[6].resource.practitioner.reference"),
        ("R-1", "Bundle.entry[6].resource.location[0].reference"),
    ]


def test_own_request_is_clean_on_the_lenient_base(own_text: str) -> None:
    assert judged(own_text, FHIR) == (200, ())


@pytest.mark.parametrize(
    ("path", "value", "rule", "lenient"),
    [
        ("type", "searchset", "B-1", 422),
        ("identifier", None, "B-2", 200),
        ("timestamp", None, "B-3", 200),
        ("entry.0.resource.use", "claim", "C-3", 422),
        ("entry.0.resource.status", "draft", "C-2", 200),
        ("entry.0.resource.item.0.category", None, "C-11", 200),
        ("entry.0.resource.insurance.0.focal", False, "C-6", 200),
        ("entry.1.resource.identifier", None, "V-3", 200),
        ("entry.4.resource.name", None, "V-4", 200),
        ("entry.2.fullUrl", None, "B-9", 200),
        ("entry.2.fullUrl", "https://ehr.example.test/Patient/patient-1", "B-12", 422),
        ("entry.0.resource.patient.reference", "Patient/unknown", "R-1", 200),
        ("entry.0.resource.patient.reference", "#gone", "R-4", 200),
    ],
)
def test_each_flaw_is_an_error_or_a_warning_by_preset(own_request: dict[str, Any], path: str, value: Any, rule: str, lenient: int) -> None:
    change(own_request, path, value)
    text = json.dumps(own_request)
    assert judged(text, Base("/pas/2.0/fhir", "2.0", "strict"))[0] == 422
    assert rule in rules(text, Base("/pas/2.0/fhir", "2.0", "strict"))
    status, issues = judged(text, FHIR)
    assert (status, rule in {issue.rule for issue in issues}) == (lenient, True)


def change(resource: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split(".")
    node: Any = resource
    for step in steps:
        node = node[int(step) if step.isdigit() else step]
    if value is None:
        del node[last]
    else:
        node[last] = value


def test_case_40_an_item_sequence_twice(own_request: dict[str, Any]) -> None:
    own_request["entry"][0]["resource"]["item"] *= 2
    assert rules(json.dumps(own_request), FHIR) == {"C-9"}


def test_case_47_a_tenant_may_override_a_rule(own_text: str) -> None:
    assert "C-12" in rules(own_text, PAS_2_2)
    overridden = judged(own_text, PAS_2_2, **{"C-12": "warning"})[1]
    assert {issue.severity for issue in overridden if issue.rule == "C-12"} == {"warning"}


def test_case_48_no_entries(own_request: dict[str, Any]) -> None:
    assert judged(json.dumps({**own_request, "entry": []}), FHIR)[0] == 422


def test_a_bundle_without_entries_is_refused_by_a_rule(own_request: dict[str, Any]) -> None:
    del own_request["entry"]
    assert rules(json.dumps(own_request), FHIR) == {"B-4", "B-6"}


def test_too_many_entries(own_request: dict[str, Any]) -> None:
    basic = {"resourceType": "Basic", "code": {"text": "filler"}}
    own_request["entry"] += [{"fullUrl": f"urn:x:{number}", "resource": basic} for number in range(LIMITS.entries)]
    status, issues = judged(json.dumps(own_request), FHIR)
    assert (status, [issue.code for issue in errors(issues)]) == (422, ["too-costly"])


@pytest.mark.parametrize(
    ("base", "version", "identifiers", "flawed"),
    [
        (PAS_2_2, "2.2.1", 0, True),
        (PAS_2_2, "2.2.1", 1, False),
        (PAS_2_2, "2.2.1", 2, True),
        (PAS_2_0, "2.0.1", 0, False),
        (PAS_2_0, "2.0.1", 1, False),
        (PAS_2_0, "2.0.1", 2, True),
    ],
)
def test_identifiers_of_an_inquiry(example: Example, base: Base, version: str, identifiers: int, *, flawed: bool) -> None:
    inquiry = json.loads(example(f"ig-pas-{version}/Bundle-PASClaimInquiryBundleExample.json"))
    claim = inquiry["entry"][0]["resource"]
    claim["identifier"] *= identifiers
    if not identifiers:
        del claim["identifier"]
    validated = validate_submission(json.dumps(inquiry), Strictness(base), "inquire")
    assert (isinstance(validated, Rejection) and {issue.rule for issue in validated.issues} == {"C-1"}) is flawed


@pytest.mark.parametrize("limits", [Limits(entries=1), Limits(items=1)])
def test_limits_of_a_tenant(own_request: dict[str, Any], limits: Limits) -> None:
    item = own_request["entry"][0]["resource"]["item"][0]
    own_request["entry"][0]["resource"]["item"] = [item, {**item, "sequence": 2}]
    text = json.dumps(own_request)
    refused = validate_submission(text, Strictness(FHIR), limits=limits)
    assert isinstance(refused, Rejection)
    assert (refused.status, [issue.code for issue in errors(refused.issues)]) == (422, ["too-costly"])
    assert not isinstance(validate_submission(text, Strictness(FHIR)), Rejection)


def test_many_issues_are_cut_off(own_request: dict[str, Any]) -> None:
    own_request["entry"][1]["resource"]["name"] = [{"foo": 1}] * 150
    status, issues = judged(json.dumps(own_request), FHIR)
    assert (status, len(issues), issues[-1].diagnostics) == (422, 101, "50 more")
