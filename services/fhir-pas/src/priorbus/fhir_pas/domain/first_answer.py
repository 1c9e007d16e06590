"""The first answer to a submission: its ClaimResponse, what that brings into being, and the response Bundle (fhir-pas.md 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_keys import answer_keys
from priorbus.fhir_pas.domain.claim_response import outcome
from priorbus.fhir_pas.domain.fhir_json import dump
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.response_bundle import created_resources, entries, own_identifier, response_bundle, stored_response
from priorbus.fhir_pas.domain.retention import of_use_until
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, decided_lines


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What is to be stored; `made` are CommunicationRequests and Tasks."""

    response: StoredResource
    made: tuple[StoredResource, ...]
    bundle: bytes = field(repr=False)


def first_response(scene: Scene, base: Base, client: str, stored: Mapping[str, StoredResource]) -> FirstAnswer:
    """`scene` holds the answer, `stored` the request's resources by `Type/id`, which `/fhir` shows."""
    now = scene.created
    response = next_version(None, stored_response(scene, base), client, now)
    made = tuple(next_version(None, one, client, now) for one in created_resources(scene, base))
    shown = {**stored, **{f"{one.type}/{one.id}": one for one in (response, *made)}}
    bundle = response_bundle(scene.bundle, entries(scene, base, shown), own_identifier(scene), now)
    return FirstAnswer(response, made, dump(bundle))


def decided(authorization: ClaimAuthorization, scene: Scene, base: Base, now: datetime) -> ClaimAuthorization:
    """The chain once its head is decided."""
    names = (*authorization.keys, *answer_keys(scene.answer))
    return authorization.model_copy(
        update={
            "claim_response_version": 1,
            "outcome": outcome(scene.answer, base.release),
            "items": decided_lines(scene.answer),
            "keys": tuple(dict.fromkeys(names)),
            "updated_at": now,
            "of_use_until": of_use_until(scene.bundle, scene.answer, authorization.of_use_until or authorization.created_at),
        }
    )
