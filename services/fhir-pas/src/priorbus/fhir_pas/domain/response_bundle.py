"""The response Bundle of base `/fhir` (fhir-pas.md 8.1)."""

from collections.abc import Sequence
from datetime import datetime

from priorbus.fhir_pas.domain.claim_bundle.elements import identifier
from priorbus.fhir_pas.domain.codes import profile
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant

_ROLES = ("patient", "", "insurer", "coverage", "provider")


def response_bundle(request: Resource, resources: Sequence[Resource], submission_id: str, public_base: str, now: datetime) -> Resource:
    """`resources` in stored form, the ClaimResponse first; each appears once, under `Type/id`."""
    own = identifier(f"{public_base}/identifiers/pas-response", submission_id)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "meta": {"profile": [profile("pas-response-bundle")]},
        "identifier": request.get("identifier", own),
        "timestamp": instant(now),
        "entry": [{"fullUrl": key, "resource": resource} for key, resource in {_key(one): one for one in resources}.items()],
    }


def entry_order(claim: Resource, keys: Sequence[str], reachable: set[int]) -> list[int]:
    """Positions of the request's entries in the order of the response: patient, Claim, insurer, coverage, provider, the rest.

    `claim` is the stored Claim, whose references are keys already; entries that it does not reach stay out.
    """
    insurance = claim.get("insurance") or [{}]
    named = {
        "patient": claim.get("patient", {}),
        "insurer": claim.get("insurer", {}),
        "coverage": insurance[0].get("coverage", {}),
        "provider": claim.get("provider", {}),
    }
    positions = {key: position for position, key in reversed(list(enumerate(keys)))}
    first = [positions.get(named[role].get("reference")) if role else 0 for role in _ROLES]
    ranked = [position for position in first if position is not None]
    return list(dict.fromkeys([*ranked, *sorted(reachable)]))


def _key(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
