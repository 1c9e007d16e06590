"""Retention is over: an authorization and all that belongs to it alone is removed, in one transaction (fhir-pas.md 21)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from priorbus.contracts.commands.fhir_keeping import PurgeAttachments, PurgeAuthorization
from priorbus.contracts.commands.storage import ReleaseDocuments
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import (
    ATTACHMENT_SUBMISSIONS,
    CLAIM_AUTHORIZATIONS,
    EXCHANGES,
    RAW_REQUESTS,
    REQUEST_OBJECTS,
    RESOURCE_HISTORY,
    RESOURCES,
    SUBMISSIONS,
)
from priorbus.fhir_pas.domain.request_objects import released
from priorbus.fhir_pas.domain.resources import resource_key, version_key
from priorbus.fhir_pas.domain.retention import is_over
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, stub
from priorbus.fhir_pas.handlers.following import timer_of
from priorbus.fhir_pas.handlers.purging import Doomed, Gathering
from priorbus.fhir_pas.handlers.revising import timer_key
from priorbus.fhir_pas.handlers.tools import tenant_terms, tenant_tools
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import Collection, Reader, Ref


def expects(observed: Doomed | None, tenant: str) -> Iterable[Ref]:
    """The aggregates to load ahead."""
    return () if observed is None else observed.refs(tenant)


@dataclass(frozen=True, slots=True)
class PurgeAuthorizationHandler:
    """Refuses what is younger than its tenant wants, or than the least that is promised."""

    gathering: Gathering

    async def observe(self, command: PurgeAuthorization, envelope: Envelope, reader: Reader) -> Doomed | None:
        tools = await tenant_tools(envelope.tenant, reader, self.gathering.tools)
        found = await reader.get(CLAIM_AUTHORIZATIONS, envelope.tenant, command.authorization_id)
        if found is None or found.of_use_until is None or not is_over(found.of_use_until, tools.terms.retention_months, envelope.time):
            return None
        return await replace(self.gathering, tools=tools).of_authorization(found, envelope.tenant, reader)

    async def handle(self, command: PurgeAuthorization, context: Context) -> Result:
        doomed: Doomed | None = context.observed
        current = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, command.authorization_id)
        if doomed is None or current is None or current != doomed.authorization:
            return {"removed": False}
        if await self._is_in_hand(current, context):
            return {"removed": False}
        context.work.unschedule(timer_key(current.head))
        context.work.unschedule(timer_of(current.id))
        await _remove(context, EXCHANGES, current.id)
        context.work.delete(CLAIM_AUTHORIZATIONS, context.tenant, current.id)
        for one in doomed.submissions:
            await context.work.get(SUBMISSIONS, context.tenant, one.id)
            context.work.put(SUBMISSIONS, context.tenant, stub(one))
        await remove(doomed, context)
        return {"removed": True}

    async def _is_in_hand(self, authorization: ClaimAuthorization, context: Context) -> bool:
        """A case that its customer works on, or about which its payer is still asked, was of use when that was done last."""
        case = await context.work.get(EXCHANGES, context.tenant, authorization.id)
        terms = await tenant_terms(context.tenant, context.work, self.gathering.tools.terms)
        if case is None or is_over(case.updated_at, terms.retention_months, context.now):
            return False
        context.work.put(CLAIM_AUTHORIZATIONS, context.tenant, authorization.model_copy(update={"of_use_until": case.updated_at}))
        return True


@dataclass(frozen=True, slots=True)
class PurgeAttachmentsHandler:
    """Attachments that were held in vain."""

    gathering: Gathering

    async def observe(self, command: PurgeAttachments, envelope: Envelope, reader: Reader) -> Doomed | None:
        found = await reader.get(ATTACHMENT_SUBMISSIONS, envelope.tenant, command.submission_id)
        if found is None or found.status != "held" or found.expires_at is None or found.expires_at > envelope.time:
            return None
        keys = [resource_key(one.resource) for one in found.held]
        return await self.gathering.of_held(found.id, keys, envelope.tenant, reader)

    async def handle(self, command: PurgeAttachments, context: Context) -> Result:
        doomed: Doomed | None = context.observed
        current = await context.work.get(ATTACHMENT_SUBMISSIONS, context.tenant, command.submission_id)
        if doomed is None or current is None or current.status != "held":
            return {"removed": False}
        context.work.delete(ATTACHMENT_SUBMISSIONS, context.tenant, current.id)
        await remove(doomed, context)
        return {"removed": True}


async def remove(doomed: Doomed, context: Context) -> None:
    """Resources, their history, requests and documents; a resource that was changed or used meanwhile stays."""
    for resource in doomed.resources:
        if await context.work.get(RESOURCES, context.tenant, resource_key(resource)) == resource:
            context.work.delete(RESOURCES, context.tenant, resource_key(resource))
    for version in doomed.versions:
        await _remove(context, RESOURCE_HISTORY, version_key(version))
    for request in doomed.requests:
        await _remove(context, RAW_REQUESTS, request.id)
        await _remove(context, ATTACHMENT_SUBMISSIONS, request.id)
        if request.body_key is not None:
            await _release(context, request.body_key, request.id)
    if doomed.documents:
        context.work.publish(ReleaseDocuments(document_ids=doomed.documents))


async def _remove(context: Context, collection: Collection[Any], key: str) -> None:
    if await context.work.get(collection, context.tenant, key) is not None:
        context.work.delete(collection, context.tenant, key)


async def _release(context: Context, key: str, user: str) -> None:
    known = await context.work.get(REQUEST_OBJECTS, context.tenant, key)
    if known is not None:
        context.work.put(REQUEST_OBJECTS, context.tenant, released(known, user))
