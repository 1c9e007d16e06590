"""What goes when retention is over, and what has to stay (fhir-pas.md 16, 17, 21)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_keeping import DiscardRequestObject, PurgeAttachments, PurgeAuthorization, RetireRequestObject
from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings, InquireClaim
from priorbus.contracts.commands.storage import ReleaseDocuments
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
from priorbus.runtime.testing.handlers import TENANT

YEAR = timedelta(days=365)


async def test_an_authorization_goes_with_all_that_is_its_own(keeper: Any, own_request: dict[str, Any]) -> None:
    await keeper.submit_two_with_notes(own_request)
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


async def test_the_same_request_after_its_retention_is_a_new_one(keeper: Any, own_text: str) -> None:
    before = json.loads((await keeper.service.submit(own_text)).result["body"])
    await keeper.later(3 * YEAR)
    assert await keeper.look() == 1
    after = json.loads((await keeper.service.submit(own_text)).result["body"])
    ids = [one["entry"][0]["resource"]["id"] for one in (before, after)]
    assert ids[0] != ids[1]
    again = json.loads((await keeper.service.submit(own_text)).result["body"])
    assert again["entry"][0]["resource"]["id"] == ids[1]


async def test_what_was_used_again_stays(keeper: Any, own_request: dict[str, Any]) -> None:
    await keeper.service.submit(keeper.named(own_request, "old"))
    await keeper.later(3 * YEAR)
    (old,) = keeper.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    await keeper.service.submit(keeper.named(own_request, "new"))
    assert {one.used_at is not None for one in keeper.store.all(RESOURCES, TENANT) if one.type == "Patient"} == {True}
    assert (await keeper.send(PurgeAuthorization(authorization_id=old.id))).result == {"removed": True}
    kinds = {one.type for one in keeper.store.all(RESOURCES, TENANT)}
    assert {"Patient", "Organization", "Coverage"} <= kinds


async def test_older_versions_go_too(keeper: Any, own_request: dict[str, Any]) -> None:
    await keeper.service.submit(json.dumps(own_request))
    own_request["entry"][1]["resource"]["gender"] = "male"
    own_request["timestamp"] = "2026-01-03T09:00:00Z"
    await keeper.service.submit(json.dumps(own_request))
    assert keeper.store.all(RESOURCE_HISTORY, TENANT)
    await keeper.later(3 * YEAR)
    assert await keeper.look() == len(keeper.store.all(SUBMISSIONS, TENANT))
    assert keeper.left() == {"submissions"}


async def test_the_end_of_the_service_counts_and_tenants_have_their_own_months(keeper: Any, own_request: dict[str, Any]) -> None:
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


async def test_attachments_held_in_vain_go(keeper: Any) -> None:
    await keeper.attach()
    assert keeper.left() == {"attachment_submissions", "raw_requests", "resources"}
    await keeper.later(timedelta(days=89))
    assert await keeper.look() == 0
    await keeper.later(timedelta(days=2))
    (held,) = keeper.store.all(ATTACHMENT_SUBMISSIONS, TENANT)
    purged = await keeper.send(PurgeAttachments(submission_id=held.id))
    assert [len(one.document_ids) for one in purged.published if isinstance(one, ReleaseDocuments)] == [1]
    assert keeper.left() == set()
    assert (await keeper.send(PurgeAttachments(submission_id=held.id))).result == {"removed": False}


async def test_large_bodies_of_rejected_requests_go_after_30_days(keeper: Any, own_text: str) -> None:
    command = keeper.by_reference(own_text.replace('"preauthorization"', '"claim"').replace('"active"', '"foo"', 1))
    key = await keeper.stored(command)
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


async def test_large_bodies_of_accepted_requests_go_with_their_authorization(keeper: Any, own_text: str) -> None:
    command = keeper.by_reference(own_text)
    key = await keeper.stored(command)
    await keeper.service.send(command)
    await keeper.later(timedelta(days=300))
    assert await keeper.sweep() == 0
    await keeper.later(3 * YEAR)
    assert await keeper.look() == 1
    assert await keeper.sweep() == 1
    await keeper.send(DiscardRequestObject(key=key))
    assert keeper.objects.objects == {}


async def test_what_nobody_ever_told_of_goes_after_a_day(keeper: Any) -> None:
    await keeper.objects.put(f"raw/{TENANT}/stray", b"x", content_type="application/fhir+json")
    keeper.objects.now = keeper.service.stage.clock()
    await keeper.objects.put(f"raw/{TENANT}/stray", b"x", content_type="application/fhir+json")
    assert await keeper.sweep() == 0
    await keeper.later(timedelta(days=1))
    assert await keeper.sweep() == 1


async def test_a_request_that_meets_the_removal_of_its_bytes_has_to_come_again(keeper: Any, own_text: str) -> None:
    command = keeper.by_reference(own_text)
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
async def test_inquiries_are_kept_for_30_days(keeper: Any, own_text: str, change: tuple[str, str]) -> None:
    command = keeper.by_reference(own_text.replace(*change))
    key = await keeper.stored(command)
    handled = await keeper.service.send(InquireClaim.model_validate(command.model_dump(exclude={"identifiers"})))
    (raw,) = keeper.store.all(RAW_REQUESTS, TENANT)
    assert (raw.operation, raw.client, raw.sha256, raw.status) == ("Claim/$inquire", "client", command.sha256, handled.result["status"])
    assert (raw.body_key, raw.expires_at) == (key, keeper.service.stage.clock() + timedelta(days=30))
    await keeper.later(timedelta(days=29))
    assert await keeper.sweep() == 0
    await keeper.later(timedelta(days=2))
    assert await keeper.sweep() == 1


async def test_a_small_inquiry_is_kept_with_its_record_and_a_malformed_one_is_not(keeper: Any, own_text: str) -> None:
    await keeper.service.inquire("{")
    assert keeper.store.all(RAW_REQUESTS, TENANT) == []
    await keeper.service.inquire(own_text)
    assert [one.body for one in keeper.store.all(RAW_REQUESTS, TENANT)] == [own_text.encode()]


async def test_a_package_that_was_never_sent_goes(keeper: Any, case: Authorization) -> None:
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


async def test_a_case_that_waits_for_its_payer_stays(keeper: Any, case: Authorization) -> None:
    await keeper.service.prepare(case)
    await keeper.service.want_submission(case)
    await keeper.service.attempt(case)
    await keeper.service.prepare(case)
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
