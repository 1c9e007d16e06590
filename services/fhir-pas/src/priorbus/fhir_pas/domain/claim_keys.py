"""The names under which an authorization is found again (fhir-pas.md 12, 13, 16)."""

import hashlib
from collections.abc import Iterable, Iterator

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.profile.coverage import is_member_id

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


def member_identifiers(bundle: Resource) -> dict[str, list[Resource]]:
    """The member's identifiers by kind, as far as they have a value."""
    found: dict[str, list[Resource]] = {kind: [] for kind in MEMBER_KINDS}
    for one in bundle["entry"]:
        resource = one["resource"]
        if resource["resourceType"] == "Patient":
            known = [name for name in resource.get("identifier", ()) if "value" in name]
            found["MB"].extend(name for name in known if is_member_id(name))
            found["patient"].extend(known)
        elif resource["resourceType"] == "Claim" and one is bundle["entry"][0]:
            named = resource.get("patient", {}).get("identifier", {})
            if "value" in named:
                found["MB" if is_member_id(named) else "patient"].append(named)
        elif resource["resourceType"] == "Coverage":
            found["coverage"].extend(name for name in resource.get("identifier", ()) if is_member_id(name) and "value" in name)
            if "subscriberId" in resource:
                found["subscriber"].append({"value": resource["subscriberId"]})
    return found


def member_keys(bundle: Resource) -> Iterator[str]:
    """One key per member identifier, with its system and without."""
    for kind, names in member_identifiers(bundle).items():
        for name in names:
            yield _key("member", kind, name["value"])
            if "system" in name:
                yield _key("member", kind, name["system"], name["value"])


def wanted_member_keys(bundle: Resource) -> list[str]:
    """The keys of the first kind of member identifier that an inquiry has."""
    for kind, names in member_identifiers(bundle).items():
        if names:
            return [_key("member", kind, *([name["system"]] if "system" in name else []), name["value"]) for name in names]
    return []


def _key(*parts: str) -> str:
    return parts[0] + ":" + hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
