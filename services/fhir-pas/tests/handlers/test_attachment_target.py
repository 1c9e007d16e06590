"""Which of several Claims under one TrackingId attachments are for (fhir-pas.md 16)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCES
from priorbus.fhir_pas.domain.attachments.request import AttachmentRequest, read_request
from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_2, Base
from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.search import Search
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, DecidedLine, Submission
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.fhir_pas.handlers.attachment_target import AttachmentTarget, Target
from priorbus.runtime.testing.store import MemoryStore

TENANT = "t_test"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TRACKING = {"system": "urn:claims", "value": "111099"}


@dataclass
class World:
    """Claims of several patients in a store, found as the indexes find them."""

    store: MemoryStore = field(default_factory=MemoryStore)
    resources: list[StoredResource] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)

    async def add(self, name: str, client: str = "ehr1", action: str = "A4", reference: str = "", member: str = "") -> None:
        """A Claim, submitted later than those before, with an answer; for the member `name` or another."""
        now = NOW + timedelta(minutes=len(self.resources))
        await self._keep({"resourceType": "Patient", "id": name, "identifier": [{"value": member or name}]}, client, now)
        claim = {"resourceType": "Claim", "id": f"claim-{name}", "use": "preauthorization", "identifier": [TRACKING]}
        await self._keep({**claim, "patient": {"reference": f"Patient/{name}"}}, client, now)
        pended = {"url": extension("administrationReferenceNumber"), "valueString": reference or f"PEND-{name}"}
        await self._keep({"resourceType": "ClaimResponse", "id": f"answer-{name}", "item": [{"extension": [pended]}]}, client, now)
        ids = {"authorization_id": f"auth-{name}", "claim_id": f"claim-{name}", "claim_response_id": f"answer-{name}"}
        self.submissions.append(
            Submission(id=f"s-{name}", client=client, base=PAS_2_2.path, claim_version=1, created_at=now, claim_response_version=1, **ids)
        )
        chain = ClaimAuthorization(
            id=f"auth-{name}",
            client=client,
            head=f"s-{name}",
            claim_response_id=f"answer-{name}",
            claim_response_version=1,
            outcome="complete",
            items=(DecidedLine(sequence=1, action=action),),
            created_at=now,
            updated_at=now,
        )
        await self.store.put(CLAIM_AUTHORIZATIONS, TENANT, chain)

    async def _keep(self, content: dict[str, Any], client: str, now: datetime) -> None:
        resource = next_version(None, content, client, now)
        self.resources.append(resource)
        await self.store.put(RESOURCES, TENANT, resource)

    async def find(self, tenant: str, resource_type: str, search: Search) -> Sequence[StoredResource]:
        found = [one for one in self.resources if one.type == resource_type and all(set(each) & set(one.terms) for each in search.terms)]
        return [one for one in found if all(one.id in ids for ids in search.ids)]

    async def count(self, tenant: str, resource_type: str, search: Search) -> int:
        return len(await self.find(tenant, resource_type, search))

    async def of_claim(self, tenant: str, claim_id: str) -> Submission | None:
        return next((one for one in self.submissions if one.claim_id == claim_id), None)

    async def of_claim_response(self, tenant: str, claim_response_id: str) -> Submission | None:
        return next((one for one in self.submissions if one.claim_response_id == claim_response_id), None)

    async def target(self, member: str, tracking: dict[str, str] = TRACKING, base: Base = PAS_2_2) -> Target | Rejection | None:
        envelope = Envelope(id="cmd", type="x", time=NOW, tenant=TENANT, data={}, client="ehr1", request_id="r")
        return await AttachmentTarget(self, self).find(request(member, tracking), Strictness(base), envelope, self.store)


def request(member: str, tracking: dict[str, str]) -> AttachmentRequest:
    note = {"resourceType": "Basic", "code": {"text": "note"}}
    values: dict[str, dict[str, Any]] = {
        "TrackingId": {"valueIdentifier": tracking},
        "AttachTo": {"valueCode": "preauthorization"},
        "MemberId": {"valueIdentifier": {"value": member}},
        "OrganizationId": {"valueIdentifier": {"value": "8189991234"}},
        "Attachment": {"part": [{"name": "Content", "resource": note}]},
    }
    body = {"resourceType": "Parameters", "parameter": [{"name": name, **value} for name, value in values.items()]}
    found = read_request(json.dumps(body), Strictness(PAS_2_2))
    assert isinstance(found, AttachmentRequest)
    return found


def claim_of(found: Target | Rejection | None) -> str:
    assert isinstance(found, Target)
    return found.claim_id


@pytest.fixture
def world() -> World:
    return World()


async def test_the_claim_of_the_member_goes_before_a_newer_one(world: World) -> None:
    await world.add("robin")
    await world.add("jo")
    assert claim_of(await world.target("robin")) == "claim-robin"
    assert claim_of(await world.target("jo")) == "claim-jo"
    refused = await world.target("nobody")
    assert isinstance(refused, Rejection)
    assert [issue.rule for issue in refused.issues] == ["A-12"]


async def test_the_clients_own_claim_goes_before_all(world: World) -> None:
    await world.add("robin", client="ehr2")
    assert claim_of(await world.target("robin")) == "claim-robin"
    await world.add("jo")
    assert isinstance(await world.target("robin"), Rejection)


async def test_what_is_open_goes_before_what_is_newer(world: World) -> None:
    await world.add("robin")
    await world.add("robin-again", action="A1", member="robin")
    assert claim_of(await world.target("robin")) == "claim-robin"


@pytest.mark.parametrize("action", ["A4", "A1"])
@pytest.mark.parametrize("base", [PAS_2_2, FHIR])
async def test_what_was_submitted_goes_before_a_copy_of_it_in_an_update(world: World, action: str, base: Base) -> None:
    await world.add("robin", action=action)
    await world.add("copy", member="robin")
    world.submissions.pop()
    found = await world.target("robin", base=base)
    assert isinstance(found, Target)
    assert (found.claim_id, found.authorization_id, found.decided) == ("claim-robin", "auth-robin", action == "A1")


async def test_a_number_of_the_payer_is_compared_by_value(world: World) -> None:
    await world.add("robin", reference="PEND0000000001")
    for tracking in ({"value": "PEND0000000001"}, {"system": "urn:whatever", "value": "PEND0000000001"}):
        assert claim_of(await world.target("robin", tracking)) == "claim-robin"
    assert await world.target("robin", {"value": "PEND0000000002"}) is None


async def test_leniently_another_member_is_a_warning(world: World) -> None:
    await world.add("robin")
    found = await world.target("jo", base=Base(PAS_2_2.path, PAS_2_2.release, "lenient"))
    assert isinstance(found, Target)
    assert [(issue.rule, issue.severity) for issue in found.warnings] == [("A-12", "warning")]


async def test_on_fhir_the_member_is_not_compared(world: World) -> None:
    await world.add("robin")
    assert claim_of(await world.target("nobody", base=FHIR)) == "claim-robin"
