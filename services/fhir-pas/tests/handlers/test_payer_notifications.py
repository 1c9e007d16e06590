"""Late decisions that a remote payer tells of: each counts once, none is lost while its request is being recorded (fhir-pas.md 22)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_access import FhirBody
from priorbus.contracts.commands.fhir_pas import SetPayerEndpoint
from priorbus.contracts.commands.fhir_payers import KeepPayerSubscription, TakePayerNotification
from priorbus.contracts.facts.fhir_pas import ClaimResponseChanged, PayerEvidenceRecorded
from priorbus.fhir_pas.adapters.remote.connector import RemotePayer
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, EXCHANGES, PAYER_ENDPOINTS, RESOURCES
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY, PayerEndpoint
from priorbus.fhir_pas.domain.remote.subscribing import PayerSubscription
from priorbus.fhir_pas.payer_subscriptions import payer_subscriptions
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.testing.handlers import TENANT, Handled

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-"
SET = SetPayerEndpoint(
    base_url="https://payer.example.test/fhir", token_url="https://payer.example.test/token", client_id="us", filters=("ORG-1",)
)


@dataclass
class PendingPayer:
    """A remote that pends everything under its own name; what it tells is read by the real connector."""

    store: Any
    reference: str = "cr-1"

    async def of(self, tenant: str) -> PayerEndpoint | None:
        found: PayerEndpoint | None = await self.store.get(PAYER_ENDPOINTS, tenant, ENDPOINT_KEY)
        return found

    async def channel(self, tenant: str) -> str:
        return "fhir_pas"

    async def discover(self, request: PayerRequest) -> tuple[()]:
        return ()

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        items = tuple(ItemDecision(line.sequence, "A4", reference="PEND-1") for line in request.lines)
        return PayerAnswer(items=items, reference=self.reference, poll_after=timedelta(minutes=15))

    async def hear(self, request: PayerRequest, response: Any, bundle: Any) -> PayerAnswer:
        return await RemotePayer(self, None, None, FixedClock()).hear(request, response, bundle)  # type: ignore[arg-type]


@dataclass
class MemoryExchanges:
    store: Any

    async def named(self, tenant: str, names: Sequence[str]) -> Exchange | None:
        return next((one for one in self.store.all(EXCHANGES, tenant) if set(one.names) & set(names)), None)


@dataclass
class AtPayers:
    """The payer's Subscriptions; `away` it can not be reached."""

    away: bool = False
    status: str = "requested"

    async def keep(self, endpoint: PayerEndpoint, tenant: str) -> PayerSubscription:
        if self.away or endpoint.subscription is None:
            raise PayerUnreachable("away")
        return endpoint.subscription.model_copy(update={"remote_id": "s-1", "status": self.status})


@dataclass
class Line:
    """Our end of the payer's notifications."""

    service: Any
    at_payers: AtPayers = field(default_factory=AtPayers)

    async def send(self, message: Any) -> Handled:
        exchanges = MemoryExchanges(self.service.stage.store)
        table = {row.message: row for row in payer_subscriptions(self.service.tools(), exchanges, self.at_payers)}
        handled: Handled = await self.service.stage.run(table[type(message)], message)
        return handled

    async def endpoint(self) -> PayerEndpoint:
        found: PayerEndpoint = await self.service.stage.store.get(PAYER_ENDPOINTS, TENANT, ENDPOINT_KEY)
        return found

    async def subscribe(self) -> str:
        """Our name of a Subscription that the payer has."""
        await self.send(SET)
        subscription = (await self.endpoint()).subscription
        assert subscription is not None
        await self.send(KeepPayerSubscription(subscription_id=subscription.id))
        return subscription.id

    async def tell(self, id_: str, *events: dict[str, Any], kind: str = "event-notification", remote: str = "s-1") -> Handled:
        text = json.dumps(notification(*events, kind=kind, remote=remote))
        request = FhirBody(media_type="application/fhir+json", sha256="", size=len(text), body=text)
        return await self.send(TakePayerNotification(subscription_id=id_, request=request))

    def actions(self) -> list[str]:
        (authorization,) = self.service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
        return [line.action for line in authorization.items]


def event(number: int, action: str, at: datetime, reference: str = "cr-1", request: str = "urn:uuid:x") -> dict[str, Any]:
    """One event, as the payer tells it."""
    code = {"coding": [{"system": "https://codesystem.x12.org/005010/306", "code": action}]}
    parts = [{"url": f"{PAS}reviewActionCode", "valueCodeableConcept": code}, {"url": "number", "valueString": f"AUTH-{number}"}]
    adjudication = {"extension": [{"url": f"{PAS}reviewAction", "extension": parts}]}
    response = {
        "resourceType": "ClaimResponse",
        "id": reference,
        "outcome": "complete",
        "request": {"reference": request},
        "item": [{"itemSequence": 1, "adjudication": [adjudication]}],
    }
    return {"number": str(number), "at": at.isoformat(), "response": response, "asks": []}


def notification(*events: dict[str, Any], kind: str, remote: str) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": "subscription", "valueReference": {"reference": f"https://payer.example.test/fhir/Subscription/{remote}"}},
        {"name": "type", "valueCode": kind},
    ]
    entries = []
    for one in events:
        focus = f"urn:uuid:{one['number']}"
        parts = [
            {"name": "event-number", "valueString": one["number"]},
            {"name": "timestamp", "valueInstant": one["at"]},
            {"name": "focus", "valueReference": {"reference": focus}},
        ]
        parameters.append({"name": "notification-event", "part": parts})
        told = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": part} for part in (one["response"], *one["asks"])]}
        entries.append({"fullUrl": focus, "resource": told})
    status = {"resourceType": "Parameters", "parameter": parameters}
    return {"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}, *entries]}


@pytest.fixture
def line(service: Any) -> Line:
    service.payer = PendingPayer(service.stage.store)
    return Line(service)


@pytest.fixture
def now(service: Any) -> datetime:
    moment: datetime = service.stage.clock()
    return moment


async def test_a_late_decision_is_recorded_once(line: Line, own_text: str, now: datetime) -> None:
    id_ = await line.subscribe()
    await line.service.submit(own_text)
    assert line.actions() == ["A4"]
    told = await line.tell(id_, event(1, "A1", now))
    assert told.result["status"] == 200
    assert [type(one) for one in told.published if isinstance(one, ClaimResponseChanged)] == [ClaimResponseChanged]
    again = await line.tell(id_, event(1, "A3", now))
    assert (again.result["status"], again.published, line.actions()) == (200, [], ["A1"])
    subscription = (await line.endpoint()).subscription
    assert subscription is not None
    assert (subscription.status, subscription.events) == ("active", 1)


async def test_an_event_that_overtakes_the_answer_comes_again(line: Line, own_text: str, now: datetime) -> None:
    id_ = await line.subscribe()
    early = await line.tell(id_, event(1, "A1", now))
    assert early.refusal is not None
    assert early.refusal.code == "service_unavailable"
    await line.service.submit(own_text)
    assert (await line.tell(id_, event(1, "A1", now))).result["status"] == 200
    assert line.actions() == ["A1"]


async def test_an_event_about_nothing_of_ours_holds_nobody_up(line: Line, own_text: str, now: datetime) -> None:
    id_ = await line.subscribe()
    await line.service.submit(own_text)
    await line.tell(id_, event(1, "A1", now - timedelta(minutes=2), "somebody-elses"), event(2, "A1", now))
    assert line.actions() == ["A1"]


async def test_unreadable_events_are_left_out(line: Line, own_text: str, now: datetime) -> None:
    id_ = await line.subscribe()
    await line.service.submit(own_text)
    broken = event(1, "A1", now)
    broken["response"]["item"] = "none"
    assert (await line.tell(id_, broken, event(2, "A1", now))).result["status"] == 200
    assert line.actions() == ["A1"]


async def test_only_the_head_is_decided(line: Line, own_text: str, now: datetime) -> None:
    """What the payer says of a request that was updated since counts no more."""
    id_ = await line.subscribe()
    await line.service.submit(own_text)
    (authorization,) = line.service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    line.service.payer.reference = "cr-2"
    update = json.loads(own_text)
    update["timestamp"] = "2026-01-03T09:00:00Z"
    update["entry"][0]["resource"]["id"] = "claim-2"
    update["entry"][0]["resource"]["related"] = [{"claim": {"reference": "Claim/claim-1"}, "relationship": {"text": "prior"}}]
    update["entry"][0]["fullUrl"] = "https://ehr.example.test/Claim/claim-2"
    await line.service.submit(json.dumps(update))
    (after,) = line.service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    assert after.head != authorization.head
    await line.tell(id_, event(1, "A1", now, "cr-1"))
    assert line.actions() == ["A4"]
    await line.tell(id_, event(2, "A1", now, "cr-2"))
    assert line.actions() == ["A1"]


async def test_a_handshake_makes_it_active_and_inquiries_rare(line: Line) -> None:
    id_ = await line.subscribe()
    assert (await line.endpoint()).interval == timedelta(minutes=15)
    assert (await line.tell(id_, kind="handshake")).result["status"] == 200
    assert (await line.endpoint()).interval == timedelta(days=1)
    line.at_payers.away = True
    await line.send(KeepPayerSubscription(subscription_id=id_))
    assert (await line.endpoint()).interval == timedelta(minutes=15)


@pytest.mark.parametrize(("name", "remote", "code"), [("other", "s-1", "resource_deleted"), ("", "s-9", "resource_deleted")])
async def test_other_subscriptions_are_over(line: Line, now: datetime, name: str, remote: str, code: str) -> None:
    id_ = await line.subscribe()
    refused = await line.tell(name or id_, event(1, "A1", now), remote=remote)
    assert refused.refusal is not None
    assert refused.refusal.code == code


@pytest.mark.parametrize("text", ["{", "{}", '{"resourceType":"Bundle"}'])
async def test_other_bodies_are_refused(line: Line, text: str) -> None:
    id_ = await line.subscribe()
    request = FhirBody(media_type="application/fhir+json", sha256="", size=len(text), body=text)
    refused = await line.send(TakePayerNotification(subscription_id=id_, request=request))
    assert refused.refusal is not None
    assert refused.refusal.code == "bad_request"


async def test_the_subscription_goes_on_where_payer_and_identifiers_stay(line: Line) -> None:
    id_ = await line.subscribe()
    await line.send(SET.model_copy(update={"kid": "key-2"}))
    kept = (await line.endpoint()).subscription
    await line.send(SET.model_copy(update={"filters": ("ORG-2",)}))
    other = (await line.endpoint()).subscription
    await line.send(SET.model_copy(update={"filters": ()}))
    assert kept is not None
    assert other is not None
    assert (kept.id, kept.remote_id, other.id != id_, other.remote_id) == (id_, "s-1", True, None)
    assert (await line.endpoint()).subscription is None
    stale = await line.send(KeepPayerSubscription(subscription_id=id_))
    assert stale.published == []


@pytest.mark.parametrize("reference", ["theirs", "cr-1"])
async def test_a_rest_authorization_hears_of_its_decision(line: Line, case: Authorization, now: datetime, reference: str) -> None:
    """Also where the payer's ClaimResponse has the id that it has given as its reference number."""
    id_ = await line.subscribe()
    await line.service.want_submission(case)
    await line.service.attempt(case)
    (exchange,) = line.service.stage.store.all(EXCHANGES, TENANT)
    assert exchange.status == "received"
    name = exchange.names[0]
    nothing = await line.tell(id_, event(1, "A4", now, reference, name))
    decided = await line.tell(id_, event(2, "A1", now, reference, name))
    again = await line.tell(id_, event(3, "A1", now, reference, name))
    kinds = [[one.evidence.kind for one in told.published if isinstance(one, PayerEvidenceRecorded)] for told in (nothing, decided, again)]
    assert kinds == [[], ["approved"], []]


@pytest.mark.parametrize("tasks", [True, False])
async def test_a_rest_authorization_hears_what_is_wanted(line: Line, case: Authorization, now: datetime, tasks: bool) -> None:
    line.service.terms = replace(line.service.terms, emits_tasks=tasks)
    id_ = await line.subscribe()
    await line.service.want_submission(case)
    await line.service.attempt(case)
    (exchange,) = line.service.stage.store.all(EXCHANGES, TENANT)
    asked = {"resourceType": "CommunicationRequest", "status": "active", "payload": [{"contentString": "18776-5"}]}
    told = await line.tell(id_, {**event(1, "A4", now, "theirs", exchange.names[0]), "asks": [asked]})
    assert [one.evidence.kind for one in told.published if isinstance(one, PayerEvidenceRecorded)] == ["information_request"]
    made = [one.type for one in line.service.stage.store.all(RESOURCES, TENANT) if one.type in {"CommunicationRequest", "Task"}]
    assert sorted(made) == ["CommunicationRequest", "Task"][: 1 + tasks]
