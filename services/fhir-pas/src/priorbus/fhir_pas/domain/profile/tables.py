"""Which table judges which entry."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile import bundle, claim, coverage, document_reference, organization, patient, practitioner_role
from priorbus.fhir_pas.domain.profile.table import Rule, Strictness, violations

TABLES: dict[str, tuple[Rule, ...]] = {
    "Coverage": coverage.RULES,
    "DocumentReference": document_reference.RULES,
    "Organization": organization.RULES,
    "Patient": patient.RULES,
    "PractitionerRole": practitioner_role.RULES,
}
"""The table of each resource type beside the Claim."""


def rule_issues(request: Resource, strictness: Strictness) -> Iterator[Issue]:
    """Phase 4 for a `$submit` Bundle: its own rules, those of the first Claim, and those of the other entries."""
    yield from violations(bundle.RULES, request, "Bundle", strictness)
    for position, entry in enumerate(request.get("entry", ())):
        resource = entry.get("resource", {})
        kind = resource.get("resourceType")
        table = claim.RULES if position == 0 and kind == "Claim" else TABLES.get(kind, ())
        yield from violations(table, resource, f"Bundle.entry[{position}].resource", strictness)
