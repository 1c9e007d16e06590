"""Phase 4: the rules of the request Bundle, then those of its entries (fhir-pas.md 5)."""

from collections.abc import Iterator
from typing import Literal

from priorbus.fhir_pas.domain.claim_keys import wanted_member_keys
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile import bundle
from priorbus.fhir_pas.domain.profile.selection import Selection, claim_profile
from priorbus.fhir_pas.domain.profile.table import Strictness, violations
from priorbus.fhir_pas.domain.references import Links

Operation = Literal["submit", "inquire"]
UNKNOWN_MEMBER = Issue(
    "Q-1", "error", "required", "Inquiry needs the patient", "no identifier of the member", "Bundle.entry[0].resource.patient"
)


def rule_issues(request: Resource, links: Links, strictness: Strictness, operation: Operation = "submit") -> Iterator[Issue]:
    """Entries are judged only when each has a resource and the first is a Claim.

    On `/fhir` the patient of an inquiry may be stored, or not be needed: whoever can look there asks for it (Q-1).
    """
    rules = bundle.RULES if operation == "submit" else bundle.INQUIRY_RULES
    yield from violations(rules, request, "Bundle", strictness)
    entries = request.get("entry", [])
    if entries and all("resource" in entry for entry in entries) and entries[0]["resource"].get("resourceType") == "Claim":
        if operation == "submit":
            yield from _update_issues(entries, links, strictness)
        elif strictness.base.release != "seed" and not wanted_member_keys(request, links):
            yield UNKNOWN_MEMBER
        profile = claim_profile(operation, entries[0]["resource"], strictness.base.release)
        yield from Selection(links, entries, strictness).judge(profile)


def _update_issues(entries: list[Resource], links: Links, strictness: Strictness) -> Iterator[Issue]:
    """U-2 and U-3: an update comes with the prior Claim, but not with the one before that (2.2)."""
    related = entries[0]["resource"].get("related")
    if strictness.base.release != "2.2" or not related:
        return
    prior = _target(links, 0, related[0])
    if prior is None:
        yield from _issue("U-2", "required", "The prior Claim is missing", "related[0].claim leads to no entry", 0, strictness)
        return
    for one in entries[prior]["resource"].get("related", ()):
        text = one.get("claim", {}).get("reference", "")
        earlier = [at for at, entry in enumerate(entries) if at and text and entry.get("fullUrl", "").endswith(text)]
        if earlier:
            yield from _issue(
                "U-3", "business-rule", "An older Claim is in the Bundle", "only the prior Claim belongs here", prior, strictness
            )


def _target(links: Links, source: int, related: Resource) -> int | None:
    found = links.target(source, related.get("claim", {}).get("reference", ""))
    return found if found is not None and found >= 0 else None


def _issue(rule: str, code: str, text: str, diagnostics: str, position: int, strictness: Strictness) -> Iterator[Issue]:
    setting = strictness.setting(rule, "E W")
    if setting != "off":
        yield Issue(rule, setting, code, text, diagnostics, f"Bundle.entry[{position}].resource.related[0].claim")
