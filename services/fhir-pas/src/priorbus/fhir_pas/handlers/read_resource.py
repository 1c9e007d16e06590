"""Read and vread: https://hl7.org/fhir/R4/http.html#read (fhir-pas.md 18)."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from priorbus.contracts.commands.fhir_access import ReadResource
from priorbus.fhir_pas.aggregates import RESOURCE_HISTORY, RESOURCES, TENANT_SETTINGS
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.resources import StoredResource, stored_form
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.fhir_replies import answered, refused
from priorbus.fhir_pas.handlers.tools import tenant_terms
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import Ref

READABLE = frozenset(
    """
    Claim ClaimResponse CommunicationRequest Task DocumentReference QuestionnaireResponse Patient Coverage Organization
    Practitioner PractitionerRole Encounter Location ServiceRequest DeviceRequest MedicationRequest NutritionOrder
    Observation Condition Subscription
    """.split()  # noqa: SIM905 - words read better than a list of quoted ones
)
NOT_THERE = Issue("", "error", "not-found", "No such resource", "there is no such resource, or it is not yours", "")
NOT_SERVED = Issue("", "error", "not-supported", "Type is not served", "resources of this type can not be read", "")
DELETED = Issue("", "error", "deleted", "Resource was deleted", "the resource was deleted", "")


def touches(query: ReadResource, tenant: str) -> Iterable[Ref]:
    """The resource, and what the tenant has set."""
    return (Ref(RESOURCES, tenant, f"{query.resource_type}/{query.resource_id}"), Ref(TENANT_SETTINGS, tenant, SETTINGS_KEY))


async def read_resource(query: ReadResource, context: Context, *, terms: Terms) -> Result:
    if query.resource_type not in READABLE:
        return refused(404, (NOT_SERVED,), terms.public_base)
    found = await _found(query, context)
    wide = query.caller.tenant_wide and query.resource_type != "Subscription"
    if found is None or not (wide or found.client == context.envelope.client):
        return refused(404, (NOT_THERE,), terms.public_base)
    if found.deleted:
        return refused(410, (DELETED,), terms.public_base)
    created_url = (await tenant_terms(context.tenant, context.work, terms)).created_url
    return answered(200, stored_form(found, created_url=created_url), **version_headers(found))


async def _found(query: ReadResource, context: Context) -> StoredResource | None:
    key = f"{query.resource_type}/{query.resource_id}"
    current = await context.work.get(RESOURCES, context.tenant, key)
    if query.version_id is None or current is None or str(current.version_id) == query.version_id:
        return current
    return await context.work.get(RESOURCE_HISTORY, context.tenant, f"{key}/{query.version_id}")


def version_headers(resource: StoredResource) -> dict[str, Any]:
    """ETag and Last-Modified."""
    moment = resource.last_updated.astimezone(UTC)
    return {"ETag": f'W/"{resource.version_id}"', "Last_Modified": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}
