"""Which stored authorization a request updates (fhir-pas.md 12)."""

from dataclasses import dataclass

from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_keys import id_key, same_claim_key, url_key
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization
from priorbus.fhir_pas.domain.updates import is_update
from priorbus.fhir_pas.domain.validation import Rejection, Validated
from priorbus.fhir_pas.ports import ClaimIndex

_RELATED = "Bundle.entry[0].resource.related[0].claim"


@dataclass(frozen=True, slots=True)
class Prior:
    """Whether the request is an update, and of what; None when that is not known."""

    is_update: bool
    authorization: ClaimAuthorization | None = None


async def find_prior(validated: Validated, base: Base, envelope: Envelope, index: ClaimIndex) -> Prior | Rejection:
    """The prior authorization; a Rejection (409) when the request names a version that is not the head."""
    claim = validated.bundle["entry"][0]["resource"]
    tenant, client = envelope.tenant, envelope.client
    if "related" not in claim:
        if base.release == "2.2" or not claim.get("identifier") or not is_update(claim):
            return Prior(is_update=False)
        found = await index.find(tenant, [same_claim_key(claim, client, patient_of(validated))], 1)
        return Prior(is_update=bool(found), authorization=found[0] if found else None)
    url, resource = _named(validated, claim)
    if url:
        found = await index.find(tenant, [url_key(client, url)])
        heads = [one for one in found if one.head_url == url]
        if heads:
            return Prior(is_update=True, authorization=heads[0])
        if found:
            return _replaced_by(found[0].head_url)
    for key in _further_keys(resource, url, validated, client):
        found = await index.find(tenant, [key], 1)
        if found:
            return Prior(is_update=True, authorization=found[0])
    return Prior(is_update=True)


def patient_of(validated: Validated) -> Resource:
    """The Patient of the first Claim, empty when it is not in the Bundle."""
    claim = validated.bundle["entry"][0]["resource"]
    position = validated.links.target(0, claim.get("patient", {}).get("reference", ""))
    if position is None or position < 0:
        return {}
    patient: Resource = validated.bundle["entry"][position]["resource"]
    return patient


def _named(validated: Validated, claim: Resource) -> tuple[str, Resource]:
    """The fullUrl and the Claim that `related` names, as far as the Bundle has them."""
    text = claim["related"][0].get("claim", {}).get("reference", "")
    position = validated.links.target(0, text)
    if position is None or position < 0:
        return text, {"id": text.rpartition("/")[2]} if "/" in text else {}
    entry = validated.bundle["entry"][position]
    return entry.get("fullUrl", ""), entry["resource"]


def _further_keys(resource: Resource, url: str, validated: Validated, client: str) -> list[str]:
    keys = [id_key(client, resource["id"])] if "id" in resource and not url.startswith("urn:") else []
    if resource.get("identifier"):
        keys.append(same_claim_key(resource, client, patient_of(validated)))
    return keys


def _replaced_by(head_url: str) -> Rejection:
    text = f"the current version of this authorization is {head_url}"
    return Rejection(409, (Issue("", "error", "conflict", "Update of a replaced version", text, _RELATED),))


def lost_race(head_url: str) -> Rejection:
    """Another change of the authorization came first; its head is now this one, if that is known."""
    if head_url:
        return _replaced_by(head_url)
    return Rejection(409, (Issue("", "error", "conflict", "Concurrent update", "the authorization keeps changing", _RELATED),))
