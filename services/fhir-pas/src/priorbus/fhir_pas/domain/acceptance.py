"""Everything that an accepted `$submit` request on `/fhir` leaves behind, and its answer (fhir-pas.md 7, 8, 21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from priorbus.fhir_pas.domain.claim_response import Answered, claim_response, outcome
from priorbus.fhir_pas.domain.codes import profile
from priorbus.fhir_pas.domain.fhir_json import Resource, dump
from priorbus.fhir_pas.domain.identity import uuid_of
from priorbus.fhir_pas.domain.identity_map import assign_keys, stored_contents, wanted_key
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.resources import StoredResource, next_version, stored_form
from priorbus.fhir_pas.domain.response_bundle import entry_order, response_bundle
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, DecidedLine
from priorbus.fhir_pas.domain.validation import Validated

Known = Mapping[str, StoredResource | None]
_ROLE_PROFILES = {"Claim": "claim", "Coverage": "coverage", "Organization": "requestor", "Patient": "beneficiary"}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A valid request with the payer's answer; new ids follow from `submission_id`, so that working on it again makes the same ones."""

    validated: Validated
    answer: PayerAnswer
    client: str
    submission_id: str
    public_base: str


@dataclass(frozen=True, slots=True)
class Change:
    """A resource that the request created or changed, and the version it replaces."""

    before: StoredResource | None
    after: StoredResource


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be stored, and the response Bundle."""

    submission_id: str
    changes: tuple[Change, ...]
    claim: StoredResource
    response: StoredResource
    authorization: ClaimAuthorization
    bundle: bytes


def wanted_keys(bundle: Resource) -> tuple[str, ...]:
    """The `Type/id` that the request would like to write."""
    return tuple(key for key in (wanted_key(entry["resource"]) for entry in bundle["entry"]) if key)


def accept(accepted: Accepted, known: Known, now: datetime) -> Outcome:
    """Give ids, make versions, build the ClaimResponse and the response Bundle. `known` answers `wanted_keys`."""
    bundle, links = accepted.validated.bundle, accepted.validated.links
    submission_id = accepted.submission_id
    keys = assign_keys(bundle, submission_id, lambda key: _is_foreign(known.get(key), accepted.client))
    contents = stored_contents(bundle, links, keys)
    versions = _versions(contents, keys, known, accepted.client, now)
    answered = Answered(
        uuid_of("claim-response", submission_id),
        uuid_of("authorization", submission_id),
        contents[0],
        accepted.answer,
        accepted.public_base,
        now,
    )
    content = claim_response(answered)
    response = next_version(None, content, accepted.client, now)
    order = entry_order(contents[0], keys, links.reachable())
    entries = [stored_form(versions[keys[at]], contents[at], profile=_role_profile(contents[0], keys[at])) for at in order]
    reply = response_bundle(bundle, [stored_form(response, content), *entries], submission_id, accepted.public_base, now)
    changed = (Change(known.get(key), version) for key, version in versions.items() if version is not known.get(key))
    return Outcome(
        submission_id,
        (*changed, Change(None, response)),
        versions[keys[0]],
        response,
        _authorization(answered, submission_id, accepted.client, response, now),
        dump(reply),
    )


def _is_foreign(resource: StoredResource | None, client: str) -> bool:
    return resource is not None and resource.client != client


def _versions(contents: Sequence[Resource], keys: Sequence[str], known: Known, client: str, now: datetime) -> dict[str, StoredResource]:
    """The version of each resource after the request; of two entries with one key the last counts."""
    return {key: next_version(known.get(key), content, client, now) for key, content in zip(keys, contents, strict=True)}


def _role_profile(claim: Resource, key: str) -> str | None:
    if claim.get("insurer", {}).get("reference") == key:
        return profile("insurer")
    name = _ROLE_PROFILES.get(key.partition("/")[0])
    return profile(name) if name else None


def _authorization(answered: Answered, submission_id: str, client: str, response: StoredResource, now: datetime) -> ClaimAuthorization:
    answer = answered.answer
    lines = (DecidedLine(sequence=one.sequence, action=one.action, number=one.number, reference=one.reference) for one in answer.items)
    return ClaimAuthorization(
        id=answered.authorization_id,
        client=client,
        head=submission_id,
        claim_response_id=response.id,
        claim_response_version=response.version_id,
        outcome=outcome(answer),
        items=tuple(lines),
        created_at=now,
        updated_at=now,
    )
