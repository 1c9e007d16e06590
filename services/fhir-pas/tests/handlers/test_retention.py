"""What goes when retention is over, and what has to stay (fhir-pas.md 16, 17, 21)."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_access import Caller, FhirBody, SubmitAttachment
from priorbus.contracts.commands.fhir_keeping import DiscardRequestObject, PurgeAttachments, PurgeAuthorization, RetireRequestObject
from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings, InquireClaim, SubmitClaim
from priorbus.contracts.commands.storage import ReleaseDocuments
from priorbus.fhir_pas.aggregates import (
    ALL,
    ATTACHMENT_SUBMISSIONS,
    CLAIM_AUTHORIZATIONS,
    EXCHANGES,
    RAW_REQUESTS,
    REQUEST_OBJECTS,
    RESOURCE_HISTORY,
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

YEAR = timedelta(days=365)
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

    async def attach(self, body: dict[str, Any], base: str = "/pas/2.2/fhir") -> Handled:
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


def named(own_request: dict[str, Any], name: str, *, patient: str = "patient-1") -> str:
    """The request with another Claim, and perhaps of another patient."""
    text = json.dumps(own_request).replace("claim-1", f"claim-{name}").replace("trace-1", f"trace-{name}")
    return text.replace("patient-1", patient)


async def test_an_authorization_goes_with_all_that_is_its_own(keeper: Keeper, own_request: dict[str, Any]) -> None:
    own_request["entry"].append({"fullUrl": "https://ehr.example.test/DocumentReference/note", "resource": NOTE})
    own_request["entry"][0]["resource"]["supportingInfo"] = [
        {"sequence": 1, "category": {"text": "note"}, "valueReference": {"reference": "DocumentReference/note"}}
    ]
    for name, patient in (("one", "patient-1"), ("two", "patient-2")):
        text = named(own_request, name, patient=patient).replace("DocumentReference/note", f"DocumentReference/note-{name}")
        await keeper.service.submit(text.replace('"id": "note"', f'"id": "note-{name}"'))
    first, second = keeper.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    assert await keeper.look() == 0
    await keeper.later(2 * YEAR + timedelta(days=60))
    doomed = await keeper.send(PurgeAuthorization(authorization_id=first.id))
    assert doomed.result == {"removed": True}
    kinds = {f"{one.type}/{one.id}" for one in keeper.store.all(RESOURCES, TENANT)}
    assert {"Claim/claim-two", "Patient/patient-2", "Organization/plan", "DocumentReference/note-two"} <= kinds
    assert not {"Claim/claim-one", "Patient/patient-1", "DocumentReference/note-one"} & kinds
    assert [one.id for one in keeper.store.all(CLAIM_AUTHORIZATIONS, TENANT)] == [second.id]
    (released,) = [one for one in doomed.published if isinstance(one, ReleaseDocuments)]
    assert len(released.document_ids) == 1
    stubs = [one for one in keeper.store.all(SUBMISSIONS, TENANT) if not one.claim_id]
    assert [(one.response, one.keys, one.identifiers) for one in stubs] == [(b"", (), ())]
    assert await keeper.look() == 1
    assert keeper.left() == {"submissions"}


async def test_the_same_request_after_its_retention_is_a_new_one(keeper: Keeper, own_text: str) -> None:
    before = json.loads((await keeper.service.submit(own_text)).result["body"])
    await keeper.later(3 * YEAR)
    assert await keeper.look() == 1
    after = json.loads((await keeper.service.submit(own_text)).result["body"])
    ids = [one["entry"][0]["resource"]["id"] for one in (before, after)]
    assert ids[0] != ids[1]
    again = json.loads((await keeper.service.submit(own_text)).result["body"])
    assert again["entry"][0]["resource"]["id"] == ids[1]


async def test_what_was_used_again_stays(keeper: Keeper, own_request: dict[str, Any]) -> None:
    await keeper.service.submit(named(own_request, "old"))
    await keeper.later(3 * YEAR)
    (old,) = keeper.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    await keeper.service.submit(named(own_request, "new"))
    assert {one.used_at is not None for one in keeper.store.all(RESOURCES, TENANT) if one.type == "Patient"} == {True}
    assert (await keeper.send(PurgeAuthorization(authorization_id=old.id))).result == {"removed": True}
    kinds = {one.type for one in keeper.store.all(RESOURCES, TENANT)}
    assert {"Patient", "Organization", "Coverage"} <= kinds


async def test_older_versions_go_too(keeper: Keeper, own_request: dict[str, Any]) -> None:
    await keeper.service.submit(json.dumps(own_request))
    own_request["entry"][1]["resource"]["gender"] = "male"
    own_request["timestamp"] = "2026-01-03T09:00:00Z"
    await keeper.service.submit(json.dumps(own_request))
    assert keeper.store.all(RESOURCE_HISTORY, TENANT)
    await keeper.later(3 * YEAR)
    assert await keeper.look() == len(keeper.store.all(SUBMISSIONS, TENANT))
    assert keeper.left() == {"submissions"}


async def test_the_end_of_the_service_counts_and_tenants_have_their_own_months(keeper: Keeper, own_request: dict[str, Any]) -> None:
    own_request["entry"][0]["resource"]["item"][0]["servicedDate"] = "2027-01-05"
    await keeper.service.submit(json.dumps(own_request))
    (authorization,) = keeper.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    until = authorization.of_use_until
    assert until is not None
    assert (until.year, until.month) >= (2027, 1)
    await keeper.later(until - keeper.service.stage.clock() + timedelta(days=190))
    assert await keeper.look() == 0
    refused = await keeper.send(PurgeAuthorization(authorization_id=authorization.id))
    assert refused.result == {"removed": False}
    await keeper.service.send(ChangeTenantSettings(values={"fhir.retention_months": 6}))
    assert await keeper.look() == 1
    too_short = await keeper.service.send(ChangeTenantSettings(values={"fhir.retention_months": 5}))
    assert too_short.refusal is not None


async def test_attachments_held_in_vain_go(keeper: Keeper) -> None:
    await keeper.attach(_attachments())
    assert keeper.left() == {"attachment_submissions", "raw_requests", "resources"}
    await keeper.later(timedelta(days=89))
    assert await keeper.look() == 0
    await keeper.later(timedelta(days=2))
    (held,) = keeper.store.all(ATTACHMENT_SUBMISSIONS, TENANT)
    purged = await keeper.send(PurgeAttachments(submission_id=held.id))
    assert [len(one.document_ids) for one in purged.published if isinstance(one, ReleaseDocuments)] == [1]
    assert keeper.left() == set()
    assert (await keeper.send(PurgeAttachments(submission_id=held.id))).result == {"removed": False}


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


def by_reference(keeper: Keeper, text: str) -> SubmitClaim:
    """The request as a large one comes: its bytes are in the object store."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    key = f"raw/{TENANT}/{digest}"
    keeper.service.bodies.bodies[key] = text.encode()
    return SubmitClaim(base="/fhir", media_type="application/fhir+json", scopes=(), sha256=digest, size=len(text), body_key=key)


async def stored(keeper: Keeper, command: SubmitClaim) -> str:
    """As the gateway puts it ahead of the command."""
    key = command.body_key or ""
    keeper.objects.now = keeper.service.stage.clock()
    await keeper.objects.put(key, b"x", content_type="application/fhir+json")
    return key


async def test_large_bodies_of_rejected_requests_go_after_30_days(keeper: Keeper, own_text: str) -> None:
    command = by_reference(keeper, own_text.replace('"preauthorization"', '"claim"').replace('"active"', '"foo"', 1))
    key = await stored(keeper, command)
    assert (await keeper.service.send(command)).refusal is not None
    await keeper.later(timedelta(days=29))
    assert await keeper.sweep() == 0
    await keeper.later(timedelta(days=2))
    assert await keeper.sweep() == 1
    keeper.objects.available = False
    await keeper.send(DiscardRequestObject(key=key))
    keeper.objects.available = True
    await keeper.send(DiscardRequestObject(key=key))
    assert keeper.objects.objects == {}
    assert await keeper.sweep() == 0


async def test_large_bodies_of_accepted_requests_go_with_their_authorization(keeper: Keeper, own_text: str) -> None:
    command = by_reference(keeper, own_text)
    key = await stored(keeper, command)
    await keeper.service.send(command)
    await keeper.later(timedelta(days=300))
    assert await keeper.sweep() == 0
    await keeper.later(3 * YEAR)
    assert await keeper.look() == 1
    assert await keeper.sweep() == 1
    await keeper.send(DiscardRequestObject(key=key))
    assert keeper.objects.objects == {}


async def test_what_nobody_ever_told_of_goes_after_a_day(keeper: Keeper) -> None:
    await keeper.objects.put(f"raw/{TENANT}/stray", b"x", content_type="application/fhir+json")
    keeper.objects.now = keeper.service.stage.clock()
    await keeper.objects.put(f"raw/{TENANT}/stray", b"x", content_type="application/fhir+json")
    assert await keeper.sweep() == 0
    await keeper.later(timedelta(days=1))
    assert await keeper.sweep() == 1


async def test_a_request_that_meets_the_removal_of_its_bytes_has_to_come_again(keeper: Keeper, own_text: str) -> None:
    command = by_reference(keeper, own_text)
    key = command.body_key or ""
    await keeper.send(RetireRequestObject(key=key))
    busy = await keeper.service.send(command)
    assert busy.refusal is not None
    assert busy.refusal.code == "service_unavailable"
    await keeper.send(DiscardRequestObject(key=key))
    assert (await keeper.service.send(command)).refusal is not None
    assert keeper.store.all(SUBMISSIONS, TENANT) == []
    await keeper.later(timedelta(minutes=2))
    assert (await keeper.service.send(command)).refusal is None
    await keeper.send(RetireRequestObject(key=key))
    (object_,) = keeper.store.all(REQUEST_OBJECTS, TENANT)
    assert (object_.going, len(object_.users)) == (False, 1)


@pytest.mark.parametrize("change", [("collection", "collection"), ('"preauthorization"', '"claim"')])
async def test_inquiries_are_kept_for_30_days(keeper: Keeper, own_text: str, change: tuple[str, str]) -> None:
    command = by_reference(keeper, own_text.replace(*change))
    key = await stored(keeper, command)
    handled = await keeper.service.send(InquireClaim.model_validate(command.model_dump(exclude={"identifiers"})))
    (raw,) = keeper.store.all(RAW_REQUESTS, TENANT)
    assert (raw.operation, raw.client, raw.sha256, raw.status) == ("Claim/$inquire", "client", command.sha256, handled.result["status"])
    assert (raw.body_key, raw.expires_at) == (key, keeper.service.stage.clock() + timedelta(days=30))
    await keeper.later(timedelta(days=29))
    assert await keeper.sweep() == 0
    await keeper.later(timedelta(days=2))
    assert await keeper.sweep() == 1


async def test_a_small_inquiry_is_kept_with_its_record_and_a_malformed_one_is_not(keeper: Keeper, own_text: str) -> None:
    await keeper.service.inquire("{")
    assert keeper.store.all(RAW_REQUESTS, TENANT) == []
    await keeper.service.inquire(own_text)
    assert [one.body for one in keeper.store.all(RAW_REQUESTS, TENANT)] == [own_text.encode()]


async def test_a_package_that_was_never_sent_goes(keeper: Keeper, case: Authorization) -> None:
    await keeper.service.prepare(case)
    (prepared,) = keeper.store.all(EXCHANGES, TENANT)
    assert prepared.package
    await keeper.later(prepared.of_use_until - keeper.service.stage.clock() + timedelta(days=700))
    assert (await keeper.look(), len(keeper.store.all(EXCHANGES, TENANT))) == (0, 1)
    await keeper.service.want_submission(case)
    await keeper.later(timedelta(days=60))
    assert await keeper.look() == 0
    await keeper.later(timedelta(days=700))
    assert await keeper.look() == 1
    assert keeper.left() == set()


async def test_a_case_that_waits_for_its_payer_stays(keeper: Keeper, case: Authorization) -> None:
    await keeper.service.prepare(case)
    await keeper.service.want_submission(case)
    await keeper.service.attempt(case)
    await keeper.later(3 * YEAR)
    (asked,) = keeper.store.all(EXCHANGES, TENANT)
    await keeper.store.put(EXCHANGES, TENANT, asked.model_copy(update={"updated_at": keeper.service.stage.clock()}))
    assert await keeper.look() == 0
    assert {"authorizations", "exchanges", "submissions", "raw_requests"} <= keeper.left()
    (authorization,) = keeper.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    assert authorization.of_use_until == keeper.service.stage.clock()
    assert [one.of_use_until for one in keeper.store.all(EXCHANGES, TENANT)] == [None]
    await keeper.later(2 * YEAR + timedelta(days=60))
    assert await keeper.look() == 1
    assert keeper.left() == {"submissions"}
