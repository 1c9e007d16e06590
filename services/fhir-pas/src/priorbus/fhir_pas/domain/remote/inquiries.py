"""An inquiry about a request that was sent, and which answer is about it (fhir-pas.md 13, 22)."""

from collections.abc import Iterable
from datetime import UTC, datetime

from priorbus.fhir_pas.domain.claim_bundle.elements import given, identifier
from priorbus.fhir_pas.domain.codes import extension, profile
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant, urn_of, uuid_of
from priorbus.fhir_pas.domain.payer import PayerRequest
from priorbus.fhir_pas.domain.profile.checks import extensions

_PARTIES = frozenset({"Patient", "Coverage", "Organization", "Practitioner", "PractitionerRole", "RelatedPerson"})
_KEPT = ("status", "type", "use", "patient", "created", "insurer", "provider", "priority", "insurance")
_TRACE = extension("itemTraceNumber")


def inquiry_bundle(bundle: Resource, request: PayerRequest, now: datetime) -> Resource:
    """Asks by member, provider, service and trace number what became of the request."""
    sent = bundle["entry"][0]
    claim = sent["resource"]
    example = given(
        resourceType="Claim",
        id=uuid_of("inquiry", request.identifier),
        meta={"profile": [profile("claim-inquiry")]},
        identifier=claim.get("identifier", [])[:1],
        **{name: claim.get(name) for name in _KEPT},
        item=[_item(one) for one in claim.get("item", ())],
    )
    parties = [one for one in bundle["entry"] if one["resource"]["resourceType"] in _PARTIES]
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [profile("pas-inquiry-request-bundle")]},
        "type": "collection",
        "identifier": identifier("urn:ietf:rfc:3986", urn_of("inquiry-bundle", request.identifier, instant(now))),
        "timestamp": instant(now),
        "entry": [{"fullUrl": urn_of("inquiry-claim", request.identifier), "resource": example}, *parties],
    }


def _item(item: Resource) -> Resource:
    kept = ("sequence", "category", "productOrService")
    return given(extension=list(extensions(item, _TRACE)), **{name: item.get(name) for name in kept})


def about(request: PayerRequest, bundle: Resource, found: Iterable[tuple[Resource, Resource]]) -> tuple[Resource, Resource] | None:
    """The ClaimResponse about this request, with its Bundle, or that about an attempt before it; the payer's own id decides where known."""
    if request.reference is not None:
        return next((one for one in found if one[0].get("id") == request.reference), None)
    known = list(found)
    return next((one for names in (claim_names(bundle), request.earlier) for one in known if _is_named(request, names, one[0])), None)


def claim_names(bundle: Resource) -> tuple[str, ...]:
    """The names by which an answer may tell that it is about this request: fullUrl and identifiers of the Claim."""
    sent = bundle["entry"][0]
    return tuple(dict.fromkeys([*filter(None, [sent.get("fullUrl")]), *map(_named, sent["resource"].get("identifier", ()))]))


def told_names(response: Resource) -> tuple[str, ...]:
    """The names of requests in a ClaimResponse."""
    asked = response.get("request", {})
    told = [*response.get("identifier", ()), *([asked["identifier"]] if "identifier" in asked else [])]
    return tuple(dict.fromkeys([*filter(None, [asked.get("reference")]), *map(_named, told)]))


def _named(identifier: Resource) -> str:
    return f"{identifier.get('system', '')}|{identifier.get('value', '')}"


def _is_named(request: PayerRequest, names: Iterable[str], response: Resource) -> bool:
    """Whether it has one of the names; identifiers of FHIR clients are not unique, so the answer must also be younger."""
    named = not set(names).isdisjoint(told_names(response))
    return named and (request.origin == "authorization" or _moment(response.get("created")) >= request.at)


def _moment(text: object) -> datetime:
    """A FHIR dateTime; long ago where there is none."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
