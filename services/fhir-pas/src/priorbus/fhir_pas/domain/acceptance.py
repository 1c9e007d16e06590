"""Everything that an accepted `$submit` request leaves behind, and its answer (fhir-pas.md 7, 8, 21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_keys import claim_keys, member_keys, number_keys, numbers_of
from priorbus.fhir_pas.domain.claim_response import outcome
from priorbus.fhir_pas.domain.fhir_json import Resource, dump
from priorbus.fhir_pas.domain.identity import uuid_of
from priorbus.fhir_pas.domain.identity_map import assign_keys, assign_server_keys, wanted_key
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.response_bundle import created_resources, entries, own_identifier, response_bundle, stored_response
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, decided_lines
from priorbus.fhir_pas.domain.validation import Validated

Known = Mapping[str, StoredResource | None]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A valid request with the payer's answer; new ids follow from `submission_id`, so that working on it again makes the same ones.

    `prior` is the authorization that the request updates.
    """

    validated: Validated
    answer: PayerAnswer
    base: Base
    client: str
    submission_id: str
    public_base: str
    prior: ClaimAuthorization | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A resource that the request created or changed, and the version it replaces."""

    before: StoredResource | None
    after: StoredResource


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be stored, and the response Bundle. `updated` tells that an authorization was known before."""

    submission_id: str
    keys: tuple[str, ...]
    answer: PayerAnswer
    changes: tuple[Change, ...]
    claim: StoredResource
    response: StoredResource
    authorization: ClaimAuthorization
    bundle: bytes = field(repr=False)
    updated: bool = False


def entry_keys(accepted: Accepted, known: Known) -> tuple[str, ...]:
    """The `Type/id` of each entry; `known` answers `wanted_keys`, which `/fhir` needs to spare other clients' resources."""
    bundle = accepted.validated.bundle
    if accepted.base.release == "seed":
        return assign_keys(bundle, accepted.submission_id, lambda key: _is_foreign(known.get(key), accepted.client))
    return assign_server_keys(bundle, accepted.client, accepted.submission_id)


def wanted_keys(bundle: Resource) -> tuple[str, ...]:
    """The `Type/id` that the request would like to write on `/fhir`."""
    return tuple(key for key in (wanted_key(entry["resource"]) for entry in bundle["entry"]) if key)


def accept(accepted: Accepted, keys: tuple[str, ...], known: Known, now: datetime) -> Outcome:
    """Make versions, build the ClaimResponse and the response Bundle. `known` answers `keys`."""
    scene = _scene(accepted, keys, now)
    contents = scene.contents()
    versions = _versions(contents, keys, known, accepted.client, now)
    response = next_version(None, stored_response(scene, accepted.base), accepted.client, now)
    made = [next_version(None, one, accepted.client, now) for one in created_resources(scene, accepted.base)]
    stored = versions | {f"{one.type}/{one.id}": one for one in (response, *made)}
    reply = response_bundle(scene.bundle, entries(scene, accepted.base, stored), own_identifier(scene), now)
    changed = (Change(known.get(key), version) for key, version in versions.items() if version is not known.get(key))
    return Outcome(
        submission_id=accepted.submission_id,
        keys=keys,
        answer=accepted.answer,
        changes=(*changed, *(Change(None, one) for one in (response, *made))),
        claim=versions[keys[0]],
        response=response,
        authorization=_authorization(accepted, scene, response, now),
        bundle=dump(reply),
        updated=accepted.prior is not None,
    )


def _scene(accepted: Accepted, keys: tuple[str, ...], now: datetime) -> Scene:
    prior = accepted.prior
    return Scene(
        submission_id=accepted.submission_id,
        authorization_id=prior.id if prior else uuid_of("authorization", accepted.submission_id),
        response_id=uuid_of("claim-response", accepted.submission_id),
        bundle=accepted.validated.bundle,
        links=accepted.validated.links,
        keys=keys,
        answer=accepted.answer,
        public_base=accepted.public_base,
        created=now,
    )


def _is_foreign(resource: StoredResource | None, client: str) -> bool:
    return resource is not None and resource.client != client


def _versions(contents: Sequence[Resource], keys: Sequence[str], known: Known, client: str, now: datetime) -> dict[str, StoredResource]:
    """The version of each resource after the request; of two entries with one key the last counts."""
    return {key: next_version(known.get(key), content, client, now) for key, content in zip(keys, contents, strict=True)}


def _authorization(accepted: Accepted, scene: Scene, response: StoredResource, now: datetime) -> ClaimAuthorization:
    prior = accepted.prior
    patient = scene.target("patient")
    person = scene.bundle["entry"][patient]["resource"] if patient is not None else {}
    names = (
        *(prior.keys if prior else ()),
        *claim_keys(scene.bundle, accepted.client, scene.url(0), person),
        *member_keys(scene.bundle),
        *number_keys((scene.authorization_id, response.id, *numbers_of(accepted.answer))),
    )
    return ClaimAuthorization(
        id=scene.authorization_id,
        client=accepted.client,
        head=scene.submission_id,
        head_url=scene.url(0),
        claim_response_id=response.id,
        claim_response_version=response.version_id,
        outcome=outcome(accepted.answer, accepted.base.release),
        items=decided_lines(accepted.answer),
        keys=tuple(dict.fromkeys(names)),
        created_at=prior.created_at if prior else now,
        updated_at=now,
    )
