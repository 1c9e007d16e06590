"""The response Bundle of `$submit` and `$inquire`, in the way of each base (fhir-pas.md 3 and 8.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_bundle.elements import entry, identifier
from priorbus.fhir_pas.domain.claim_response import claim_response
from priorbus.fhir_pas.domain.codes import profile
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant
from priorbus.fhir_pas.domain.information import communication_request, request_id, tasks
from priorbus.fhir_pas.domain.resources import StoredResource, holds, stored_form
from priorbus.fhir_pas.domain.scene import ROLES, Scene, answered, asking

Stored = Mapping[str, StoredResource]
_ROLE_PROFILES = {"Claim": "claim", "Coverage": "coverage", "Organization": "requestor", "Patient": "beneficiary"}


def response_bundle(request: Resource, entries: Sequence[Resource], own: Resource, now: datetime, *, inquiry: bool = False) -> Resource:
    """A Bundle of these entries; each fullUrl appears once. `own` is the identifier when the request has none."""
    kind = "pas-inquiry-response-bundle" if inquiry else "pas-response-bundle"
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "meta": {"profile": [profile(kind)]},
        "identifier": request.get("identifier", own),
        "timestamp": instant(now),
        "entry": list({one["fullUrl"]: one for one in reversed(entries)}.values())[::-1],
    }


def own_identifier(scene: Scene) -> Resource:
    """The Bundle identifier of a response to a request without one."""
    return identifier(f"{scene.public_base}/identifiers/pas-response", scene.submission_id)


def entries(scene: Scene, base: Base, stored: Stored, *, inquiry: bool = False, with_tasks: bool = False) -> list[Resource]:
    """The ClaimResponse, then what it refers to. `stored` are the versions that `/fhir` shows, the ClaimResponse's among them.

    `with_tasks` shows Tasks that are open in answers to inquiries too.
    """
    if base.release == "seed":
        return _stored_entries(scene, base, stored, inquiry=inquiry)
    return _echoed_entries(scene, base, inquiry=inquiry, with_tasks=with_tasks or not inquiry)


def stored_response(scene: Scene, base: Base) -> Resource:
    """The ClaimResponse as it is stored: references lead to `Type/id`."""
    asked = tuple(f"CommunicationRequest/{request_id(scene.submission_id, one)}" for one in scene.answer.wanted)
    return claim_response(answered(scene, base, scene.keys.__getitem__, asked))


def created_resources(scene: Scene, base: Base) -> list[Resource]:
    """The CommunicationRequests and Tasks that a response brings into being, as they are stored."""
    about = asking(scene, base, scene.keys.__getitem__)
    made = [communication_request(about, one) for one in scene.answer.wanted]
    return [*made, *(tasks(about, scene.answer.wanted) if base.release == "2.2" else [])]


def _echoed_entries(scene: Scene, base: Base, *, inquiry: bool, with_tasks: bool) -> list[Resource]:
    origin = f"{scene.public_base}{base.path}"
    about = asking(scene, base, scene.url)
    requests = [] if inquiry else [communication_request(about, one) for one in scene.answer.wanted]
    wanted = tuple(one for one in scene.answer.wanted if not (inquiry and one.received))
    made = [*requests, *(tasks(about, wanted) if base.release == "2.2" and with_tasks else [])]
    asked = tuple(f"{origin}/CommunicationRequest/{one['id']}" for one in requests)
    own = claim_response(answered(scene, base, scene.url, asked, inquiry=inquiry))
    start = [position for role in ROLES if (position := scene.target(role)) is not None]
    echoed = sorted(scene.links.reachable(dict.fromkeys(start), without=0) - {0})
    ordered = [*dict.fromkeys(start), *(position for position in echoed if position not in start)]
    return [
        entry(f"{origin}/ClaimResponse/{scene.response_id}", own),
        *(entry(scene.url(position), scene.bundle["entry"][position]["resource"]) for position in ordered),
        *(entry(f"{origin}/{one['resourceType']}/{one['id']}", one) for one in made),
    ]


def _stored_entries(scene: Scene, base: Base, stored: Stored, *, inquiry: bool) -> list[Resource]:
    contents = scene.contents()
    key = f"ClaimResponse/{scene.response_id}"
    shown = replace(scene, answer=replace(scene.answer, wanted=())) if inquiry else scene
    found = [entry(key, stored_form(stored[key], stored_response(shown, base), created_url=scene.created_url))]
    for position in _entry_order(contents[0], scene):
        key = scene.keys[position]
        content = contents[position] if holds(stored[key], contents[position]) else None
        shown_as = _role_profile(contents[0], key)
        found.append(entry(key, stored_form(stored[key], content, profile=shown_as, created_url=scene.created_url)))
    for one in created_resources(shown, base):
        key = f"{one['resourceType']}/{one['id']}"
        if key in stored:
            found.append(entry(key, stored_form(stored[key], created_url=scene.created_url)))
    return found


def _entry_order(claim: Resource, scene: Scene) -> list[int]:
    """Patient, Claim, insurer, coverage, provider, then the rest in the order of the request."""
    insurance = (claim.get("insurance") or [{}])[0].get("coverage", {}).get("reference")
    by_key = {key: position for position, key in reversed(list(enumerate(scene.keys)))}
    ranked = [scene.target("patient"), 0, scene.target("insurer"), by_key.get(insurance), scene.target("provider")]
    named = [position for position in ranked if position is not None]
    return list(dict.fromkeys([*named, *sorted(scene.links.reachable())]))


def _role_profile(claim: Resource, key: str) -> str | None:
    if claim.get("insurer", {}).get("reference") == key:
        return profile("insurer")
    name = _ROLE_PROFILES.get(key.partition("/")[0])
    return profile(name) if name else None
