"""Which profiles judge which entry, and what they find (fhir-pas.md 5, profile selection)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from priorbus.fhir_pas.domain.bases import Release
from priorbus.fhir_pas.domain.codes import PAS
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue, errors
from priorbus.fhir_pas.domain.profile import (
    claim,
    claim_inquiry,
    communication_request,
    coverage,
    document_reference,
    encounter,
    orders,
    organization,
    patient,
    practitioner_role,
)
from priorbus.fhir_pas.domain.profile.elements import Comparison
from priorbus.fhir_pas.domain.profile.rows.index import PROFILES, releases
from priorbus.fhir_pas.domain.profile.table import Rule, Strictness, violations
from priorbus.fhir_pas.domain.references import Links

NUMBERED: Mapping[str, tuple[Rule, ...]] = {
    "profile-claim": claim.RULES,
    "profile-claim-update": claim.RULES,
    "profile-claim-inquiry": claim_inquiry.RULES,
    "profile-coverage": coverage.RULES,
    "profile-beneficiary": patient.RULES,
    "profile-subscriber": patient.RULES,
    "profile-requestor": organization.RULES,
    "profile-insurer": organization.RULES,
    "profile-practitionerrole": practitioner_role.RULES,
    "profile-documentreference": document_reference.RULES,
    "profile-encounter": encounter.RULES,
    "profile-servicerequest": orders.RULES,
    "profile-devicerequest": orders.RULES,
    "profile-medicationrequest": orders.RULES,
    "profile-nutritionorder": orders.RULES,
    "profile-communicationrequest": communication_request.RULES,
}
"""The numbered rules of each profile, beside its element rows."""

_TYPES = {
    "profile-beneficiary": "Patient",
    "profile-subscriber": "Patient",
    "profile-requestor": "Organization",
    "profile-insurer": "Organization",
    "profile-practitionerrole": "PractitionerRole",
    "profile-documentreference": "DocumentReference",
    "profile-claim-update": "Claim",
    "profile-claim-inquiry": "Claim",
}


_CLAIMS = ("profile-claim", "profile-claim-update")
"""A prior Claim may be either, whatever it says of itself."""


@dataclass(slots=True)
class Selection:
    """Walks the entries from the first Claim along the references that carry PAS profiles."""

    links: Links
    entries: list[Resource]
    strictness: Strictness
    found: dict[int, list[Issue]] = field(default_factory=dict)
    _targets: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def judge(self, claim_profile: str) -> Iterator[Issue]:
        """The issues of all entries, in their order."""
        self._entry(0, [claim_profile])
        waiting = list(self._targets)
        while waiting:
            position = waiting.pop(0)
            if position not in self.found:
                before = set(self._targets)
                self._entry(position, self._candidates(position))
                waiting.extend(target for target in self._targets if target not in before)
        for position in range(1, len(self.entries)):
            if position not in self.found:
                self._entry(position, self._candidates(position))
        for position in sorted(self.found):
            yield from self.found[position]

    def _candidates(self, position: int) -> list[str]:
        resource = self.entries[position]["resource"]
        named = resource.get("meta", {}).get("profile", ())
        if resource.get("resourceType") == "Claim" and any(_name(one) in _CLAIMS for one in named):
            return list(_CLAIMS)
        if named:
            return [name for name in map(_name, named) if _exists(name, self.strictness.base.release)]
        targets = self._targets.get(position, ())
        return [name for name in dict.fromkeys(targets) if _exists(name, self.strictness.base.release) and _fits(name, resource)]

    def _entry(self, position: int, candidates: list[str]) -> None:
        first: list[Issue] | None = None
        self.found[position] = []
        for profile in candidates:
            issues = self._compare(position, profile)
            if not errors(issues):
                first = issues
                break
            first = issues if first is None else first
        self.found[position] = first or []

    def _compare(self, position: int, profile: str) -> list[Issue]:
        resource, path = self.entries[position]["resource"], f"Bundle.entry[{position}].resource"
        comparison = Comparison(self.strictness)
        comparison.resource(resource, profile, path)
        for text, profiles in comparison.targets.items():
            target = self.links.target(position, text)
            if target is not None and target >= 0:
                self._targets[target].extend(profiles)
        return [*violations(NUMBERED.get(profile, ()), resource, path, self.strictness), *comparison.issues]


def claim_profile(operation: str, claim: Resource, release: Release) -> str:
    """The profile of the first Claim, by operation and base."""
    if operation == "inquire":
        return "profile-claim-inquiry"
    return "profile-claim" if release == "2.2" and "related" not in claim else "profile-claim-update"


def _name(canonical: str) -> str:
    return canonical.partition("|")[0].removeprefix(PAS)


def _exists(profile: str, release: Release) -> bool:
    return profile in PROFILES and release in releases(profile)


def _fits(profile: str, resource: Resource) -> bool:
    kind = str(resource.get("resourceType"))
    return _TYPES.get(profile, kind) == kind if profile in _TYPES else profile == f"profile-{kind.lower()}"
