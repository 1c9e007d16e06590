"""Which stored authorization a request updates (fhir-pas.md 12)."""

from collections.abc import Callable, Iterator
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
    claim, tenant = validated.bundle["entry"][0]["resource"], envelope.tenant
    if "related" not in claim:
        if base.release == "2.2" or not claim.get("identifier") or not is_update(claim):
            return Prior(is_update=False)
        known = await _same_claim(claim, validated, envelope, index)
        return Prior(is_update=known is not None, authorization=known)
    url, resource = _named(validated, claim)
    for key, is_head in _names(envelope.client, url, resource):
        found = await index.find(tenant, [key])
        heads = [one for one in found if is_head(one.head_url)]
        if found:
            return Prior(is_update=True, authorization=heads[0]) if heads else _replaced_by(found[0].head_url)
    known = await _same_claim(resource, validated, envelope, index) if resource.get("identifier") else None
    return Prior(is_update=True, authorization=known)


def _names(client: str, url: str, resource: Resource) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """The keys of the version that is named, and whether a head's fullUrl is that of this version; a UUID may be any."""
    if url:
        yield url_key(client, url), url.__eq__
    if "id" in resource and not url.startswith("urn:"):
        yield id_key(client, resource["id"]), lambda head: head.startswith("urn:") or head.rpartition("/")[2] == resource["id"]


async def _same_claim(claim: Resource, validated: Validated, envelope: Envelope, index: ClaimIndex) -> ClaimAuthorization | None:
    """The newest authorization under the identifiers of a Claim, for the same patient."""
    found = await index.find(envelope.tenant, [same_claim_key(claim, envelope.client, patient_of(validated))], 1)
    return found[0] if found else None


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


def _replaced_by(head_url: str) -> Rejection:
    text = f"the current version of this authorization is {head_url}"
    return Rejection(409, (Issue("", "error", "conflict", "Update of a replaced version", text, _RELATED),))


def lost_race(head_url: str) -> Rejection:
    """Another change of the authorization came first; its head is now this one, if that is known."""
    if head_url:
        return _replaced_by(head_url)
    return Rejection(
        409, (Issue("", "error", "conflict", "Concurrent update", "the authorization keeps changing", _RELATED),), "concurrent_update"
    )
