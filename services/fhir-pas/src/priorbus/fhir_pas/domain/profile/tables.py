"""Phase 4: the rules of the request Bundle, then those of its entries (fhir-pas.md 5)."""

from collections.abc import Iterator
from typing import Literal

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile import bundle
from priorbus.fhir_pas.domain.profile.selection import Selection, claim_profile
from priorbus.fhir_pas.domain.profile.table import Strictness, violations
from priorbus.fhir_pas.domain.references import Links

Operation = Literal["submit", "inquire"]


def rule_issues(request: Resource, links: Links, strictness: Strictness, operation: Operation = "submit") -> Iterator[Issue]:
    """Entries are judged only when each has a resource and the first is a Claim."""
    rules = bundle.RULES if operation == "submit" else bundle.INQUIRY_RULES
    yield from violations(rules, request, "Bundle", strictness)
    entries = request.get("entry", [])
    if entries and all("resource" in entry for entry in entries) and entries[0]["resource"].get("resourceType") == "Claim":
        profile = claim_profile(operation, entries[0]["resource"], strictness.base.release)
        yield from Selection(links, entries, strictness).judge(profile)
