import json
from typing import Any

from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_2
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.issues import Setting
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.references import CONTAINED, Links, link_entries, reference_issues
from priorbus.fhir_pas.domain.structure.check import check_structure


def linked(request: dict[str, Any]) -> Links:
    bundle = parse(json.dumps(request))
    return link_entries(bundle, check_structure(bundle, modifiers="warning").references)


def patient_link(request: dict[str, Any], text: str) -> tuple[int | None, str]:
    request["entry"][0]["resource"]["patient"] = {"reference": text}
    return next((link.target, link.rule) for link in linked(request).links if link.path.endswith("[0].resource.patient"))


def test_a_full_url_resolves(own_request: dict[str, Any]) -> None:
    assert patient_link(own_request, "https://ehr.example.test/Patient/patient-1") == (1, "")


def test_a_relative_reference_resolves_against_the_referring_entry(own_request: dict[str, Any]) -> None:
    assert patient_link(own_request, "Patient/patient-1") == (1, "")


def test_type_and_id_resolve_when_nothing_else_does(own_request: dict[str, Any]) -> None:
    own_request["entry"][1]["fullUrl"] = "urn:uuid:1f0c6c4c-5b5e-4f4b-8d59-0f3d3a1f5c11"
    assert patient_link(own_request, "Patient/patient-1") == (1, "R-2")
    assert patient_link(own_request, "https://elsewhere.example.test/Patient/patient-1/_history/3") == (1, "R-2")


def test_two_entries_of_one_type_and_id_are_ambiguous(own_request: dict[str, Any]) -> None:
    for number, position in enumerate((1, 1)):
        copied = json.loads(json.dumps(own_request["entry"][position]))
        own_request["entry"].append({**copied, "fullUrl": f"urn:uuid:1f0c6c4c-5b5e-4f4b-8d59-0f3d3a1f5c1{number}"})
    del own_request["entry"][1]["fullUrl"]
    assert patient_link(own_request, "Patient/patient-1") == (None, "R-5")


def test_a_contained_resource_resolves(own_request: dict[str, Any]) -> None:
    own_request["entry"][0]["resource"]["contained"] = [{"resourceType": "Patient", "id": "p"}]
    assert patient_link(own_request, "#p") == (CONTAINED, "")
    assert patient_link(own_request, "#q") == (None, "R-4")


def test_a_conditional_reference_is_unresolved(own_request: dict[str, Any]) -> None:
    assert patient_link(own_request, "Patient?identifier=1") == (None, "R-1")


def test_what_the_store_answers_is_a_warning(own_request: dict[str, Any]) -> None:
    patient_link(own_request, "Patient/other")
    found = list(reference_issues(linked(own_request), 5, Strictness(PAS_2_2), stored=frozenset({"Patient/other"})))
    assert ("R-2", "warning") in {(issue.rule, issue.severity) for issue in found}
    assert "R-1" not in {issue.rule for issue in found}


def test_an_entry_nobody_refers_to_is_noted_on_strict_bases_only(own_request: dict[str, Any]) -> None:
    own_request["entry"].append({"fullUrl": "https://x.test/Patient/9", "resource": {"resourceType": "Patient", "id": "9"}})
    links = linked(own_request)
    assert [issue.rule for issue in reference_issues(links, 6, Strictness(PAS_2_2))] == ["R-3"]
    assert list(reference_issues(links, 6, Strictness(FHIR))) == []


def test_flaws_of_an_entry_that_is_out_of_reach_do_not_count(own_request: dict[str, Any]) -> None:
    lonely = {"resourceType": "Patient", "id": "9", "managingOrganization": {"reference": "Organization/gone"}}
    own_request["entry"].append({"fullUrl": "https://x.test/Patient/9", "resource": lonely})
    assert "R-1" not in {issue.rule for issue in reference_issues(linked(own_request), 6, Strictness(PAS_2_2))}


def test_the_related_of_a_prior_claim_is_left_alone(own_request: dict[str, Any]) -> None:
    prior = {**own_request["entry"][0]["resource"], "id": "claim-0", "related": [{"claim": {"reference": "Claim/older"}}]}
    own_request["entry"].append({"fullUrl": "https://ehr.example.test/Claim/claim-0", "resource": prior})
    assert "Claim/older" not in {link.text for link in linked(own_request).links}


def test_the_request_of_a_claim_response_is_left_alone(own_request: dict[str, Any]) -> None:
    answer = {
        "resourceType": "ClaimResponse",
        "id": "r",
        "request": {"reference": "Claim/older"},
        "patient": {"reference": "Patient/older"},
    }
    own_request["entry"].append({"fullUrl": "https://ehr.example.test/ClaimResponse/r", "resource": answer})
    texts = {link.text for link in linked(own_request).links}
    assert ("Claim/older" in texts, "Patient/older" in texts) == (False, True)


def test_a_tenant_sets_every_reference_rule(own_request: dict[str, Any]) -> None:
    patient_link(own_request, "Patient/unknown")
    overrides: dict[str, Setting] = {"R-1": "off", "R-3": "error"}
    found = list(reference_issues(linked(own_request), 5, Strictness(FHIR, overrides)))
    assert [(issue.rule, issue.severity, issue.expression) for issue in found] == []
    own_request["entry"].append({"fullUrl": "https://x.test/Patient/9", "resource": {"resourceType": "Patient", "id": "9"}})
    found = list(reference_issues(linked(own_request), 6, Strictness(FHIR, overrides)))
    assert [(issue.rule, issue.severity, issue.expression) for issue in found] == [("R-3", "error", "Bundle.entry[5]")]
