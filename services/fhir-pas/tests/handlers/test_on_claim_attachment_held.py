from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from priorbus.contracts.commands.fhir_pas import ReviewClaim
from priorbus.contracts.facts.fhir_pas import ClaimAttachmentHeld
from priorbus.fhir_pas.aggregates import ATTACHMENT_SUBMISSIONS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission, HeldAttachment
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.search import Search
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.fhir_pas.handlers.on_claim_attachment_held import OnClaimAttachmentHeld
from priorbus.runtime.handling import Subscription
from priorbus.runtime.testing.store import MemoryStore

TENANT = "t_test"


@dataclass
class Index:
    """Everything of the store in memory that an index would find."""

    store: MemoryStore

    async def find(self, tenant: str, kind_or_trackings: Any, search: Search | None = None) -> Sequence[Any]:
        if search is None:
            return [one for one in self.store.all(ATTACHMENT_SUBMISSIONS, tenant) if one.tracking in kind_or_trackings]
        wanted = [one for (one,) in search.terms]
        found: list[StoredResource] = [one for one in self.store.all(RESOURCES, tenant) if one.type == kind_or_trackings]
        return [one for one in found if set(wanted) <= set(one.terms)]

    async def count(self, tenant: str, resource_type: str, search: Search) -> int:
        return len(await self.find(tenant, resource_type, search))

    async def of_claim(self, tenant: str, claim_id: str) -> Submission | None:
        return next((one for one in self.store.all(SUBMISSIONS, tenant) if one.claim_id == claim_id), None)

    async def of_claim_response(self, tenant: str, claim_response_id: str) -> Submission | None:
        return None


async def held(service: Any, client: str, tracking: str = "urn:example:claims|claim-1", attach_to: str = "preauthorization") -> None:
    now = service.stage.clock()
    note = next_version(None, {"resourceType": "DocumentReference", "id": "note", "status": "current"}, client, now)
    waiting = AttachmentSubmission(
        id="held-1",
        client=client,
        base="/pas/2.2/fhir",
        status="held",
        tracking=tracking,
        attach_to=attach_to,
        final=True,
        held=(HeldAttachment(resource=note),),
        response=b"{}",
        created_at=now,
    )
    await service.stage.store.put(ATTACHMENT_SUBMISSIONS, TENANT, waiting)


@pytest.mark.parametrize(("client", "status"), [("client", "accepted"), ("another", "held")])
async def test_a_claim_that_came_at_the_same_moment_is_found(service: Any, own_text: str, client: str, status: str) -> None:
    await service.submit(own_text)
    await held(service, client)
    index = Index(service.stage.store)
    handler = OnClaimAttachmentHeld(index, index, index)
    subscription = Subscription(ClaimAttachmentHeld, handler.handle, observe=handler.observe)
    fact = ClaimAttachmentHeld(subject_id="held-1", version=1, events=())
    handled = [await service.stage.run(subscription, fact) for _ in range(2)]
    assert (await service.stage.store.get(ATTACHMENT_SUBMISSIONS, TENANT, "held-1")).status == status
    reviews = [one for run in handled for one in run.published if isinstance(one, ReviewClaim)]
    assert len(reviews) == (status == "accepted")


async def test_what_waits_for_no_claim_goes_on_waiting(service: Any) -> None:
    await held(service, "client")
    index = Index(service.stage.store)
    handler = OnClaimAttachmentHeld(index, index, index)
    subscription = Subscription(ClaimAttachmentHeld, handler.handle, observe=handler.observe)
    assert (await service.stage.run(subscription, ClaimAttachmentHeld(subject_id="held-1", version=1, events=()))).published == []


@pytest.mark.parametrize(
    ("about", "status"),
    [
        ({}, "accepted"),
        ({"tracking": "claim-1"}, "held"),
        ({"tracking": "urn:example:others|claim-1"}, "held"),
        ({"attach_to": "claim"}, "held"),
    ],
)
async def test_what_waits_for_something_else_is_not_taken_by_a_request(
    service: Any, own_text: str, about: dict[str, str], status: str
) -> None:
    """TrackingId is one of the Claim's identifiers, system and value; what belongs to a claim is not for a prior authorization."""
    await held(service, "client", **about)
    await service.submit(own_text)
    assert (await service.stage.store.get(ATTACHMENT_SUBMISSIONS, TENANT, "held-1")).status == status
