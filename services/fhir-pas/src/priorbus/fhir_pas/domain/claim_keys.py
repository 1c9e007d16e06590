"""The names under which an authorization is found again (fhir-pas.md 12, 13, 16)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.profile.coverage import is_member_id
from priorbus.fhir_pas.domain.references import Links

MEMBER_KINDS = ("MB", "coverage", "subscriber", "patient")
"""Kinds of member identifiers in the order in which they decide."""


def claim_keys(bundle: Resource, client: str, url: str, patient: Resource) -> Iterator[str]:
    """How the client may name this version of the Claim: fullUrl, Type/id, identifiers with the patient; anyone: identifiers."""
    claim = bundle["entry"][0]["resource"]
    yield _key("url", client, url)
    if "id" in claim:
        yield _key("id", client, claim["id"])
    if claim.get("identifier"):
        yield same_claim_key(claim, client, patient)
    for one in claim.get("identifier", ()):
        yield from claim_identifier_keys(one)


def url_key(client: str, url: str) -> str:
    """A Claim's fullUrl."""
    return _key("url", client, url)


def id_key(client: str, identity: str) -> str:
    """A Claim's id in the request."""
    return _key("id", client, identity)


def same_claim_key(claim: Resource, client: str, patient: Resource) -> str:
    """The set of Claim.identifier and the patient."""
    names = sorted(f"{one.get('system', '')}|{one.get('value', '')}" for one in claim.get("identifier", ()))
    who = next(
        (f"{one.get('system', '')}|{one['value']}" for one in patient.get("identifier", ()) if "value" in one), patient.get("id", "")
    )
    return _key("claim", client, *names, who)


def claim_identifier_keys(identifier: Resource) -> Iterator[str]:
    """A Claim.identifier, with its system and without."""
    if "value" in identifier:
        yield _key("identifier", identifier["value"])
        if "system" in identifier:
            yield _key("identifier", identifier["system"], identifier["value"])


def number_keys(numbers: Iterable[str]) -> Iterator[str]:
    """Authorization numbers and pend references."""
    return (_key("number", number) for number in numbers)


def payer_key(reference: str) -> str:
    """The payer's own name of a request, its id of the ClaimResponse."""
    return _key("payer", reference)


def answer_keys(answer: PayerAnswer) -> Iterator[str]:
    """All names that an answer brings."""
    yield from number_keys(numbers_of(answer))
    if answer.reference is not None:
        yield payer_key(answer.reference)


def numbers_of(answer: PayerAnswer) -> Iterator[str]:
    """Every number that an answer gave."""
    for item in answer.items:
        yield from (number for number in (item.number, item.reference, item.previous) if number)
        yield from (added.number for added in item.added)


def member_identifiers(bundle: Resource, links: Links) -> dict[str, list[Resource]]:
    """The identifiers of the first Claim's patient and coverages by kind, as far as they have a value; nobody else's in the Bundle."""
    claim = bundle["entry"][0]["resource"]
    found: dict[str, list[Resource]] = {kind: [] for kind in MEMBER_KINDS}
    named = claim.get("patient", {})
    found |= patient_identifiers((*_referred(bundle, links, named, "Patient").get("identifier", ()), named.get("identifier", {})))
    for insurance in claim.get("insurance", ()):
        coverage = _referred(bundle, links, insurance.get("coverage", {}), "Coverage")
        found["coverage"].extend(name for name in coverage.get("identifier", ()) if is_member_id(name) and "value" in name)
        if "subscriberId" in coverage:
            found["subscriber"].append({"value": coverage["subscriberId"]})
    return found


def patient_identifiers(identifiers: Iterable[Resource]) -> dict[str, list[Resource]]:
    """A patient's identifiers by kind."""
    known = [one for one in identifiers if "value" in one]
    return {"MB": [one for one in known if is_member_id(one)], "patient": known}


def member_keys(bundle: Resource, links: Links) -> Iterator[str]:
    """The keys of each member identifier: with its system, without, and as one that has none."""
    for kind, names in member_identifiers(bundle, links).items():
        for name in names:
            yield _key("member", kind, name["value"])
            yield _key("member", kind, name["system"], name["value"]) if "system" in name else _key("member-any", kind, name["value"])


def wanted_member_keys(bundle: Resource, links: Links) -> list[str]:
    """The keys of the first kind of member identifier that an inquiry has; an absent system, here or there, fits any."""
    return wanted_keys(member_identifiers(bundle, links))


def wanted_keys(identifiers: Mapping[str, list[Resource]]) -> list[str]:
    """The same for identifiers by kind."""
    names, kind = next(((identifiers[kind], kind) for kind in MEMBER_KINDS if identifiers.get(kind)), ([], ""))
    return [key for name in names for key in _wanted(kind, name)]


def _wanted(kind: str, name: Resource) -> Iterator[str]:
    if "system" in name:
        yield _key("member", kind, name["system"], name["value"])
        yield _key("member-any", kind, name["value"])
    else:
        yield _key("member", kind, name["value"])


def _referred(bundle: Resource, links: Links, reference: Resource, kind: str) -> Resource:
    """The entry of this type that a reference of the first Claim leads to, empty when there is none."""
    position = links.target(0, reference.get("reference", ""))
    found: Resource = {} if position is None or position < 0 else bundle["entry"][position]["resource"]
    return found if found.get("resourceType") == kind else {}


def _key(*parts: str) -> str:
    return parts[0] + ":" + hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
