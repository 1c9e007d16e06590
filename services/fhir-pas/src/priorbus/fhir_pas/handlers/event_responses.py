"""The response Bundle of a ClaimResponse as it was at one of its versions, as any base shows it (fhir-pas.md 3, 14.3)."""

from dataclasses import replace

from priorbus.fhir_pas.aggregates import RESOURCE_HISTORY, RESOURCES
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.response_bundle import created_resources, entries, own_identifier, response_bundle
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.submissions import parse_answer
from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent, version_key
from priorbus.fhir_pas.handlers.opening import open_by_id
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.fhir_pas.subscription_collections import RESPONSE_CHANGES
from priorbus.runtime.work import Reader


async def response_of(event: SubscriptionEvent, base: Base, tenant: str, reader: Reader, tools: Tools) -> Resource | None:
    """None when the submission is not kept any more. Raises TransientError when the object store is away."""
    change = await reader.get(RESPONSE_CHANGES, tenant, version_key(event.claim_response_id, event.version))
    own_tools = await tenant_tools(tenant, reader, tools)
    opened = None if change is None else await open_by_id(change.submission_id, tenant, reader, own_tools)
    if change is None or opened is None:
        return None
    scene = replace(
        opened.scene(tools.terms.public_base),
        answer=parse_answer(change.answer),
        human_reviewed=change.human_reviewed,
    )
    stored = await _stored(scene, base, event, tenant, reader) if base.release == "seed" else {}
    return response_bundle(scene.bundle, entries(scene, base, stored), own_identifier(scene), change.at)


async def _stored(scene: Scene, base: Base, event: SubscriptionEvent, tenant: str, reader: Reader) -> dict[str, StoredResource]:
    """What `/fhir` shows in its stored form: the parties as they are now, the ClaimResponse as it was then."""
    made = [f"{one['resourceType']}/{one['id']}" for one in created_resources(scene, base)]
    own = f"ClaimResponse/{scene.response_id}"
    found = {key: await reader.get(RESOURCES, tenant, key) for key in (*scene.keys, *made, own)}
    current = found[own]
    if current is not None and current.version_id != event.version:
        found[own] = await reader.get(RESOURCE_HISTORY, tenant, f"{own}/{event.version}")
    return {key: resource for key, resource in found.items() if resource is not None}
