"""What is kept, on a store in memory, and the housekeeping that removes it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from priorbus.contracts.commands.fhir_access import Caller, FhirBody, SubmitAttachment
from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.fhir_pas.aggregates import (
    ALL,
    ATTACHMENT_SUBMISSIONS,
    CLAIM_AUTHORIZATIONS,
    EXCHANGES,
    RAW_REQUESTS,
    RESOURCES,
    SUBMISSIONS,
    TENANT_SETTINGS,
)
from priorbus.fhir_pas.domain.search_terms import SUPPORTING
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY, TenantSettings
from priorbus.fhir_pas.handlers.attachment_target import AttachmentTarget
from priorbus.fhir_pas.handlers.purging import Gathering
from priorbus.fhir_pas.handlers.submit_attachment import SubmitAttachmentHandler
from priorbus.fhir_pas.keeping_subscriptions import keeping_subscriptions
from priorbus.fhir_pas.retention import PurgeCommand, Retention
from priorbus.fhir_pas.sweeper import RequestSweeper
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.testing.handlers import TENANT, Handled
from priorbus.runtime.testing.objects import MemoryObjectStore
from priorbus.runtime.testing.store import MemoryStore
from priorbus.runtime.work import Collection as Collections

NOTE = {
    "resourceType": "DocumentReference",
    "id": "note",
    "status": "current",
    "content": [{"attachment": {"contentType": "text/plain", "data": "bm90ZQ=="}}],
}


@dataclass
class MemoryKept:
    """Satisfies `KeptIndex` on a store in memory."""

    store: MemoryStore

    async def is_used(self, tenant: str, key: str, *, but_for: str, claims: Collection[str]) -> bool:
        elsewhere = (one for one in self.store.all(SUBMISSIONS, tenant) if one.authorization_id != but_for)
        others = (one for one in self.store.all(RESOURCES, tenant) if one.type == "Claim" and one.id not in claims)
        wanted = {f"{SUPPORTING}={key}", f"patient={key}"}
        return any(key in one.keys for one in elsewhere) or any(wanted & set(one.terms) for one in others)

    async def attachments_of(self, tenant: str, claim_ids: Sequence[str]) -> Sequence[str]:
        return [one.id for one in self.store.all(RAW_REQUESTS, tenant) if one.claim in claim_ids]

    async def settings(self) -> Mapping[str, TenantSettings]:
        return dict.fromkeys([TENANT], one) if (one := await self.store.get(TENANT_SETTINGS, TENANT, SETTINGS_KEY)) else {}

    async def unused(
        self, tenants: Collection[str], *, listed: bool, before: datetime, without: Collection[tuple[str, str]], limit: int
    ) -> Sequence[tuple[str, str]]:
        if (TENANT in tenants) != listed:
            return []
        old = (one for one in self.store.all(CLAIM_AUTHORIZATIONS, TENANT) if one.of_use_until and one.of_use_until < before)
        return [(TENANT, one.id) for one in old if (TENANT, one.id) not in without][:limit]

    async def unsent(
        self, tenants: Collection[str], *, listed: bool, before: datetime, without: Collection[tuple[str, str]], limit: int
    ) -> Sequence[tuple[str, str]]:
        if (TENANT in tenants) != listed:
            return []
        old = (one for one in self.store.all(EXCHANGES, TENANT) if one.of_use_until and one.of_use_until < before)
        return [(TENANT, one.id) for one in old if (TENANT, one.id) not in without][:limit]

    async def held_too_long(self, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        held = (one for one in self.store.all(ATTACHMENT_SUBMISSIONS, TENANT) if one.status == "held")
        return [(TENANT, one.id) for one in held if one.expires_at and one.expires_at < now][:limit]


@dataclass
class Keeper:
    """The service's housekeeping."""

    service: Any
    objects: MemoryObjectStore = field(default_factory=MemoryObjectStore)

    @property
    def store(self) -> MemoryStore:
        found: MemoryStore = self.service.stage.store
        return found

    def rows(self) -> tuple[Subscription, ...]:
        return keeping_subscriptions(self.objects, Gathering(self.service.tools(), MemoryKept(self.store)))

    async def send(self, message: Any) -> Handled:
        handled: Handled = await self.service.stage.run({row.message: row for row in self.rows()}[type(message)], message)
        return handled

    def runner(self) -> GroupRunner:
        return GroupRunner(self.store, self.rows(), self.service.stage.clock, self.service.stage.ids)

    async def look(self) -> int:
        """One round of the retention job."""
        runner = self.runner()

        async def purge(command: PurgeCommand, tenant: str) -> bool:
            return bool(((await runner.execute(command, tenant)).result or {}).get("removed"))

        return await Retention(MemoryKept(self.store), purge, self.service.terms, self.service.stage.clock).look()

    async def sweep(self) -> int:
        self.objects.now = self.service.stage.clock()
        return await RequestSweeper(self.objects, self.store, self.runner(), self.service.stage.clock).sweep()

    async def later(self, duration: timedelta) -> None:
        self.service.stage.clock.advance(duration)

    def left(self) -> set[str]:
        """Collections that hold something of the tenant's."""
        return {one.name for one in ALL if self.store.all(cast(Collections[Any], one), TENANT)}

    def named(self, own_request: dict[str, Any], name: str, *, patient: str = "patient-1") -> str:
        """The request with another Claim, and perhaps of another patient."""
        text = json.dumps(own_request).replace("claim-1", f"claim-{name}").replace("trace-1", f"trace-{name}")
        return text.replace("patient-1", patient)

    async def submit_two_with_notes(self, own_request: dict[str, Any]) -> None:
        """Of two patients, `claim-one` and `claim-two`."""
        reference = {"reference": "DocumentReference/note"}
        entries = [*own_request["entry"], {"fullUrl": "https://ehr.example.test/DocumentReference/note", "resource": NOTE}]
        claim = {**entries[0]["resource"], "supportingInfo": [{"sequence": 1, "category": {"text": "note"}, "valueReference": reference}]}
        request = {**own_request, "entry": [{**entries[0], "resource": claim}, *entries[1:]]}
        for name, patient in (("one", "patient-1"), ("two", "patient-2")):
            text = self.named(request, name, patient=patient).replace("DocumentReference/note", f"DocumentReference/note-{name}")
            await self.service.submit(text.replace('"id": "note"', f'"id": "note-{name}"'))

    def by_reference(self, text: str) -> SubmitClaim:
        """The request as a large one comes: its bytes are in the object store."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        key = f"raw/{TENANT}/{digest}"
        self.service.bodies.bodies[key] = text.encode()
        return SubmitClaim(base="/fhir", media_type="application/fhir+json", scopes=(), sha256=digest, size=len(text), body_key=key)

    async def stored(self, command: SubmitClaim) -> str:
        """As the gateway puts it ahead of the command."""
        key = command.body_key or ""
        self.objects.now = self.service.stage.clock()
        await self.objects.put(key, b"x", content_type="application/fhir+json")
        return key

    async def attach(self) -> Handled:
        """A note for a request that nobody knows."""
        body, base = _attachments(), "/pas/2.2/fhir"
        handler = SubmitAttachmentHandler(self.service.bodies, self.service.contents, _Nowhere(), self.service.terms)
        text = json.dumps(body)
        request = FhirBody(media_type="application/fhir+json", sha256="", size=len(text), body=text)
        command = SubmitAttachment(base=base, caller=Caller(scopes=("system/*.cruds",)), request=request)
        handled: Handled = await self.service.stage.run(Subscription(SubmitAttachment, handler.handle, observe=handler.observe), command)
        return handled


class _Nowhere(AttachmentTarget):
    """No Claim is ever found."""

    def __init__(self) -> None:
        super().__init__(None, None)  # type: ignore[arg-type]

    async def find(self, *_: Any) -> None:
        return None


@pytest.fixture
def keeper(service: Any) -> Keeper:
    return Keeper(service)


def _attachments() -> dict[str, Any]:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "8189991234"}
    code = {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]}
    parts = [
        {"name": "LineItem", "valueString": "1"},
        {"name": "Code", "valueCodeableConcept": code},
        {"name": "Content", "resource": NOTE},
    ]
    named_: list[dict[str, Any]] = [
        {"name": "TrackingId", "valueIdentifier": {"system": "urn:example", "value": "nobody-knows"}},
        {"name": "AttachTo", "valueCode": "preauthorization"},
        {"name": "OrganizationId", "valueIdentifier": npi},
        {"name": "MemberId", "valueIdentifier": {"system": "urn:example", "value": "member"}},
        {"name": "Attachment", "part": parts},
        {"name": "Final", "valueBoolean": True},
    ]
    return {"resourceType": "Parameters", "parameter": named_}
