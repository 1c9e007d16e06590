"""What is kept without need, found in MongoDB (fhir-pas.md 21)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.fhir_pas.adapters.exchange_index import StoredExchangeIndex
from priorbus.fhir_pas.adapters.kept_index import StoredKeptIndex
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
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.resources import next_version
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, RawRequest, Submission
from priorbus.fhir_pas.domain.tenant_settings import TenantSettings
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.mongo import Store
from priorbus.runtime.mongo.documents import document_id
from priorbus.runtime.mongo.transactional import Changes, Save
from priorbus.runtime.work import Collection

NOW = FixedClock()()
DAY = timedelta(days=1)


@pytest.fixture
async def store(mongo_url: str, emptied_prefix: str) -> AsyncIterator[Store]:
    async with Store.open(mongo_url, f"{emptied_prefix}_fhir_pas") as opened:
        await opened.ensure_indexes(ALL)
        yield opened


async def put(store: Store, collection: Collection[Any], aggregate: Any, tenant: str = "t_a") -> None:
    slot = document_id(tenant, collection.key(aggregate))
    await store.commit(Changes(saves=[Save(collection, slot, tenant, aggregate, 0)]))


def authorization(name: str, days: int) -> ClaimAuthorization:
    common = {"client": "c", "head": name, "claim_response_id": "r", "claim_response_version": 1, "outcome": "complete", "items": ()}
    return ClaimAuthorization(id=name, **common, created_at=NOW, updated_at=NOW, of_use_until=NOW - days * DAY)


def submission(name: str, authorization_id: str, *keys: str) -> Submission:
    common = {"client": "c", "base": "/fhir", "claim_id": name, "claim_version": 1, "claim_response_id": "r", "created_at": NOW}
    return Submission(id=name, authorization_id=authorization_id, keys=keys, **common)


async def test_what_is_held_outlives_an_earlier_version_of_the_database(store: Store) -> None:
    rows = store.database[ATTACHMENT_SUBMISSIONS.name]
    await rows.drop_indexes()
    await rows.create_index("expires_at", name="expiry", expireAfterSeconds=0)
    await store.ensure_indexes(ALL)
    expiring = {name: one for name, one in (await rows.index_information()).items() if "expireAfterSeconds" in one}
    assert {name: one["partialFilterExpression"] for name, one in expiring.items()} == {"expiry_of_accepted": {"status": "accepted"}}


async def test_who_uses_a_resource(store: Store) -> None:
    await put(store, SUBMISSIONS, submission("s-1", "a-1", "Patient/p", "Patient/q"))
    await put(store, SUBMISSIONS, submission("s-2", "a-2", "Patient/p"))
    claim = {
        "resourceType": "Claim",
        "id": "c-1",
        "supportingInfo": [{"sequence": 1, "valueReference": {"reference": "DocumentReference/d"}}],
    }
    await put(store, RESOURCES, next_version(None, claim, "c", NOW))
    kept = StoredKeptIndex(store)
    assert await kept.is_used("t_a", "Patient/p", but_for="a-1", claims=())
    assert not await kept.is_used("t_a", "Patient/q", but_for="a-1", claims=())
    assert not await kept.is_used("t_b", "Patient/p", but_for="a-1", claims=())
    assert await kept.is_used("t_a", "DocumentReference/d", but_for="a-1", claims=())
    assert not await kept.is_used("t_a", "DocumentReference/d", but_for="a-1", claims=("c-1",))


async def test_what_is_due_by_tenant(store: Store) -> None:
    for tenant in ("t_a", "t_b"):
        await put(store, CLAIM_AUTHORIZATIONS, authorization("old", 900), tenant)
        await put(store, CLAIM_AUTHORIZATIONS, authorization("older", 1000), tenant)
        await put(store, CLAIM_AUTHORIZATIONS, authorization("young", 10), tenant)
    kept, before = StoredKeptIndex(store), NOW - 730 * DAY
    found = await kept.unused(("t_a",), listed=True, before=before, without=[], limit=10)
    assert found == [("t_a", "older"), ("t_a", "old")]
    assert await kept.unused(("t_a",), listed=False, before=before, without=[("t_b", "older")], limit=10) == [("t_b", "old")]
    assert len(await kept.unused((), listed=False, before=before, without=[], limit=3)) == 3


async def test_packages_that_were_never_sent_by_tenant(store: Store, case: Authorization) -> None:
    for tenant in ("t_a", "t_b"):
        for name, days in (("auth_old", 900), ("auth_older", 1000), ("auth_young", 10)):
            about = case.model_copy(update={"id": name})
            until = NOW - days * DAY
            await put(store, EXCHANGES, exchanges.prepared(None, about, "work_1", b"{}", until, of_use_until=until), tenant)
    await put(store, EXCHANGES, exchanges.awaiting_permit(None, case, "work_1", NOW - 1000 * DAY))
    kept, before = StoredKeptIndex(store), NOW - 730 * DAY
    assert await kept.unsent(("t_a",), listed=True, before=before, without=[], limit=10) == [("t_a", "auth_older"), ("t_a", "auth_old")]
    assert await kept.unsent(("t_a",), listed=False, before=before, without=[("t_b", "auth_older")], limit=10) == [("t_b", "auth_old")]


async def test_settings_attachments_and_what_was_held(store: Store) -> None:
    await put(store, TENANT_SETTINGS, TenantSettings(choices=b'{"fhir.retention_months":6}'))
    raw = {
        "operation": "$submit-attachment",
        "client": "c",
        "base": "/fhir",
        "media_type": "",
        "sha256": "",
        "status": 200,
        "received_at": NOW,
    }
    await put(store, RAW_REQUESTS, RawRequest(id="raw-1", claim="c-1", **raw))
    await put(store, RAW_REQUESTS, RawRequest(id="raw-2", **raw))
    held = {"client": "c", "base": "/fhir", "tracking": "t", "attach_to": "claim", "final": True, "response": b"", "created_at": NOW}
    # a day from now: MongoDB removes accepted ones by itself as soon as they are over
    for name, status, days in (("due", "held", 1), ("waits", "held", 3), ("accepted", "accepted", 1)):
        sent = AttachmentSubmission.model_validate({"id": name, "status": status, "expires_at": NOW + days * DAY, **held})
        await put(store, ATTACHMENT_SUBMISSIONS, sent)
    kept = StoredKeptIndex(store)
    assert (await kept.settings()).keys() == {"t_a"}
    assert await kept.attachments_of("t_a", ["c-1", "c-2"]) == ["raw-1"]
    assert await kept.held_too_long(NOW + 2 * DAY, 10) == [("t_a", "due")]


async def test_exchanges_by_name(store: Store, case: Authorization) -> None:
    asking = exchanges.awaiting_permit(None, case, "work_1", NOW)
    await put(store, EXCHANGES, exchanges.received(asking, "fhir_pas", ("urn:uuid:1", "sys|auth:1"), NOW))
    index = StoredExchangeIndex(store)
    found = await index.named("t_a", ["urn:uuid:0", "sys|auth:1"])
    assert found is not None
    assert found.id == case.id
    assert await index.named("t_a", ["urn:uuid:2"]) is None
    assert await index.named("t_b", ["urn:uuid:1"]) is None
