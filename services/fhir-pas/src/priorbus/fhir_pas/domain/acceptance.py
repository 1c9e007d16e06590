"""Everything that an accepted `$submit` request leaves behind before a payer is asked (fhir-pas.md 7, 8, 21)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from priorbus.contracts.documents import Document
from priorbus.fhir_pas.domain.attachments.association import with_urls
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_keys import claim_keys, member_keys, number_keys
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import uuid_of
from priorbus.fhir_pas.domain.identity_map import assign_keys, assign_server_keys, wanted_key
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.retention import of_use_until, touched
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization
from priorbus.fhir_pas.domain.updates import completed
from priorbus.fhir_pas.domain.validation import Validated

Known = Mapping[str, StoredResource | None]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A valid request; new ids follow from `submission_id`, so that working on it again makes the same ones.

    `prior` is the authorization that the request updates, `authorization_id` the id of a new one if that is given. `documents` are the
    inline contents in storage by JSON Pointer, `carried` is what the Claim takes over from the one before it (`domain.updates`).
    """

    validated: Validated
    base: Base
    client: str
    submission_id: str
    public_base: str
    prior: ClaimAuthorization | None = None
    documents: Mapping[str, Document] = field(default_factory=dict)
    carried: Resource = field(default_factory=dict)
    authorization_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A resource that the request created or changed, and the version it replaces."""

    before: StoredResource | None
    after: StoredResource


@dataclass(frozen=True, slots=True)
class Opening:
    """What is to be stored. `versions` are the resources of the request by `Type/id`, changed or not; `touched` are old ones."""

    keys: tuple[str, ...]
    versions: Mapping[str, StoredResource]
    changes: tuple[Change, ...]
    claim: StoredResource
    response_id: str
    authorization: ClaimAuthorization
    touched: tuple[StoredResource, ...] = ()


def entry_keys(accepted: Accepted, known: Known) -> tuple[str, ...]:
    """The `Type/id` of each entry; `known` answers `wanted_keys`, which `/fhir` needs to spare other clients' resources."""
    bundle = accepted.validated.bundle
    if accepted.base.release == "seed":
        return assign_keys(bundle, accepted.submission_id, lambda key: _is_foreign(known.get(key), accepted.client))
    return assign_server_keys(bundle, accepted.client, accepted.submission_id)


def wanted_keys(accepted: Accepted) -> tuple[str, ...]:
    """The `Type/id` that the request would like to write, as far as that is known without the store."""
    if accepted.base.release != "seed":
        return entry_keys(accepted, {})
    entries = accepted.validated.bundle["entry"]
    return tuple(key for key in (wanted_key(entry["resource"]) for entry in entries) if key)


def accept(accepted: Accepted, keys: tuple[str, ...], known: Known, now: datetime) -> Opening:
    """Make versions and the authorization. `known` answers `keys`."""
    scene = _scene(accepted, keys, now)
    contents = [
        with_urls(content, f"/entry/{position}/resource", accepted.documents, accepted.public_base)
        for position, content in enumerate(scene.contents())
    ]
    contents[0] = completed(contents[0], accepted.carried)
    versions = _versions(contents, keys, known, accepted.client, now)
    changed = (Change(known.get(key), version) for key, version in versions.items() if version is not known.get(key))
    return Opening(
        keys=keys,
        versions=versions,
        changes=tuple(changed),
        claim=versions[keys[0]],
        response_id=scene.response_id,
        authorization=_authorization(accepted, scene, now),
        touched=tuple(_touched(versions, known, now)),
    )


def _scene(accepted: Accepted, keys: tuple[str, ...], now: datetime) -> Scene:
    prior = accepted.prior
    return Scene(
        submission_id=accepted.submission_id,
        authorization_id=prior.id if prior else accepted.authorization_id or uuid_of("authorization", accepted.submission_id),
        response_id=uuid_of("claim-response", accepted.submission_id),
        bundle=accepted.validated.bundle,
        links=accepted.validated.links,
        keys=keys,
        answer=PayerAnswer(),
        public_base=accepted.public_base,
        created=now,
    )


def _is_foreign(resource: StoredResource | None, client: str) -> bool:
    return resource is not None and resource.client != client


def _versions(contents: Sequence[Resource], keys: Sequence[str], known: Known, client: str, now: datetime) -> dict[str, StoredResource]:
    """The version of each resource after the request; of two entries with one key the last counts."""
    return {key: next_version(known.get(key), content, client, now) for key, content in zip(keys, contents, strict=True)}


def _touched(versions: Mapping[str, StoredResource], known: Known, now: datetime) -> Iterator[StoredResource]:
    for key, version in versions.items():
        if version is known.get(key) and (after := touched(version, now)) is not version:
            yield after


def _authorization(accepted: Accepted, scene: Scene, now: datetime) -> ClaimAuthorization:
    """The chain with this submission as its head; what an earlier one decided stays until this one is decided."""
    prior = accepted.prior
    patient = scene.target("patient")
    person = scene.bundle["entry"][patient]["resource"] if patient is not None else {}
    names = (
        *(prior.keys if prior else ()),
        *claim_keys(scene.bundle, accepted.client, scene.url(0), person),
        *member_keys(scene.bundle, scene.links),
        *number_keys((scene.authorization_id, scene.response_id)),
    )
    return ClaimAuthorization(
        id=scene.authorization_id,
        client=accepted.client,
        head=scene.submission_id,
        head_url=scene.url(0),
        claim_response_id=scene.response_id,
        claim_response_version=0,
        outcome=prior.outcome if prior else "",
        items=prior.items if prior else (),
        keys=tuple(dict.fromkeys(names)),
        created_at=prior.created_at if prior else now,
        updated_at=now,
        of_use_until=of_use_until(scene.bundle, PayerAnswer(), max(now, prior.of_use_until or now) if prior else now),
    )
