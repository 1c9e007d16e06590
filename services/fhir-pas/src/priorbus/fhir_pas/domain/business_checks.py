"""Requests that are well-formed but that no payer can decide (fhir-pas.md 7 and 9): answered with 200 and ClaimResponse.error."""

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import BusinessError
from priorbus.fhir_pas.domain.profile.claim import cancels_whole
from priorbus.fhir_pas.domain.references import Links

_CLAIM = "Bundle.entry[0].resource"


def business_error(claim: Resource, links: Links, stored: frozenset[str], insurer: Resource | None) -> BusinessError | None:
    """The first reason why the request cannot be decided. `stored` as in `reference_issues`, `insurer` is who is told as that."""
    if claim["status"] in {"cancelled", "entered-in-error"}:
        return BusinessError("33", "N", "The Claim is not active", path=f"{_CLAIM}.status")
    if not _known(claim["patient"], links, stored):
        return BusinessError("75", "C", "The patient cannot be identified", "2010C-NM109", f"{_CLAIM}.patient")
    if insurer is None or ("insurer" in claim and not _known(claim["insurer"], links, stored)):
        return BusinessError("T4", "C", "The insurer cannot be identified", "2010A-NM103", f"{_CLAIM}.insurer")
    if not claim.get("item") and not cancels_whole(claim):
        return BusinessError("15", "C", "The Claim has no item", path=f"{_CLAIM}.item")
    return None


def _known(party: Resource, links: Links, stored: frozenset[str]) -> bool:
    text = party.get("reference", "")
    return "identifier" in party or text in stored or links.target(0, text) is not None
