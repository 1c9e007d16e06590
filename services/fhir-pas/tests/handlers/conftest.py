"""Subscriptions of the client of the tests, their receiver, and a dispatcher that turns when it is told to."""

import json
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from priorbus.contracts.commands.fhir_access import Caller, FhirBody
from priorbus.contracts.commands.fhir_pas import FinaliseClaimResponse, FinalItem
from priorbus.contracts.commands.fhir_subscriptions import CreateSubscription, RecordNotification, UpdateSubscription
from priorbus.contracts.messages import Message
from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.domain.subscriptions.vocabulary import CONTENT, FILTER, TOPIC
from priorbus.fhir_pas.handlers.notifying import Notifier
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools
from priorbus.fhir_pas.notification_subscriptions import notification_subscriptions
from priorbus.fhir_pas.ports import EndpointForbidden, Notification, Reception
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_EVENTS, SUBSCRIPTION_STATES
from priorbus.runtime.deliveries import InHand
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.testing.handlers import TENANT, Handled
from priorbus.runtime.testing.store import MemoryStore

NPI = "http://hl7.org/fhir/sid/us-npi|8189991234"
ENDPOINT = "https://ehr.example.test/notifications"
Json = dict[str, Any]


class Died(Exception):
    """The process ended on this line."""


@dataclass
class MemorySubscriptionIndex:
    """Satisfies `SubscriptionIndex` on a store in memory."""

    store: MemoryStore

    async def counting(self, tenant: str) -> Sequence[str]:
        return sorted(one.id for one in self.store.all(SUBSCRIPTION_STATES, tenant) if one.status != "off")

    async def due(self, now: datetime, without: Collection[tuple[str, str]], limit: int) -> Sequence[SubscriptionState]:
        waiting = [one for one in self.store.all(SUBSCRIPTION_STATES, TENANT) if one.due is not None and one.due <= now]
        return [one for one in waiting if (one.tenant, one.id) not in without][:limit]

    async def of_client(self, tenant: str, client: str) -> Sequence[SubscriptionState]:
        return [one for one in self.store.all(SUBSCRIPTION_STATES, tenant) if one.client == client]

    async def events(
        self, tenant: str, subscription_id: str, first: int, last: int | None, since: datetime, limit: int
    ) -> Sequence[SubscriptionEvent]:
        mine = (one for one in self.store.all(SUBSCRIPTION_EVENTS, tenant) if one.subscription_id == subscription_id and one.at >= since)
        numbered = sorted((one for one in mine if first <= one.number <= (last or one.number)), key=lambda one: one.number)
        return numbered[:limit]

    async def events_about(self, tenant: str, claim_response_id: str) -> Sequence[SubscriptionEvent]:
        return [one for one in self.store.all(SUBSCRIPTION_EVENTS, tenant) if one.claim_response_id == claim_response_id]


@dataclass
class FakeReceivers:
    """Satisfies `Receivers`; `outcomes` come first, then `usual`."""

    outcomes: deque[Reception] = field(default_factory=deque)
    usual: Reception = "delivered"
    posted: list[Notification] = field(default_factory=list)

    async def check(self, endpoint: str, exempt: frozenset[str]) -> None:
        """Hosts under `internal.test` only where they are exempt."""
        host = urlsplit(endpoint).hostname or ""
        if host.endswith(".internal.test") and host not in exempt:
            raise EndpointForbidden

    async def post(self, notification: Notification) -> Reception:
        self.posted.append(notification)
        return self.outcomes.popleft() if self.outcomes else self.usual

    def told(self) -> list[tuple[str, str]]:
        """Type and event number of every notification so far."""
        return [(parameter(one, "type"), event_number(one)) for one in (json.loads(posted.body) for posted in self.posted)]


@dataclass
class Desk:
    """Where Subscriptions are made and served. With `dies` the process ends between a POST and its record."""

    service: Any
    receivers: FakeReceivers = field(default_factory=FakeReceivers)
    sealer: Sealer = field(default_factory=lambda: Sealer([SecretStr(Fernet.generate_key().decode())]))
    dies: bool = False

    @property
    def index(self) -> MemorySubscriptionIndex:
        return MemorySubscriptionIndex(self.service.stage.store)

    async def send(self, message: Message) -> Handled:
        """Give a message to its handler; facts about changed ClaimResponses that come out of it are handed on."""
        table = {row.message: row for row in notification_subscriptions(self._tools())}
        handled: Handled = await self.service.stage.run(table[type(message)], message)
        return handled

    async def create(self, resource: Json | None = None, base: str = "/fhir") -> Handled:
        caller = Caller(identifiers=(NPI,))
        return await self.send(CreateSubscription(base=base, caller=caller, request=body(resource or subscription())))

    async def put(self, id_: str, resource: Json, if_match: int | None = None) -> Handled:
        request = body(resource)
        update = UpdateSubscription(
            base="/fhir", caller=Caller(identifiers=(NPI,)), subscription_id=id_, request=request, if_match=if_match
        )
        return await self.send(update)

    async def active(self, resource: Json | None = None, base: str = "/fhir") -> str:
        """The id of a new Subscription whose handshake was answered."""
        id_: str = json.loads((await self.create(resource, base)).result["body"])["id"]
        await self.after(timedelta(seconds=1))
        return id_

    async def decide(self, request: Json, name: str) -> list[Message]:
        """A request of this name is pended, then finalised; the facts of the latter."""
        return await self.finalise(await self.submit(request, name))

    async def submit(self, request: Json, name: str) -> str:
        """A request of this name from the clinic that Subscriptions filter for; the id of its ClaimResponse."""
        system, _, value = NPI.rpartition("|")
        claim = request["entry"][0]["resource"] | {"id": name, "identifier": [{"system": "urn:example:claims", "value": name}]}
        clinic = request["entry"][3]["resource"] | {"identifier": [{"system": system, "value": value}]}
        entries = list(request["entry"])
        entries[0], entries[3] = ({**entries[0], "resource": claim}, {**entries[3], "resource": clinic})
        entries[0] |= {"fullUrl": f"https://ehr.example.test/Claim/{name}"}
        submitted = await self.service.submit(json.dumps({**request, "entry": entries}))
        id_: str = json.loads(submitted.result["body"])["entry"][0]["resource"]["id"]
        return id_

    async def finalise(self, claim_response_id: str, *sequences: int) -> list[Message]:
        """An operator certifies these items, or all; the facts."""
        items = tuple(FinalItem(sequence=one, action="A1") for one in sequences)
        handled = await self.service.send(FinaliseClaimResponse(claim_response_id=claim_response_id, items=items))
        return list(handled.published)

    async def tell(self, facts: Sequence[Message]) -> None:
        """Hand facts on to Subscriptions."""
        known = {row.message for row in notification_subscriptions(self._tools())}
        for fact in facts:
            if type(fact) in known:
                await self.send(fact)

    async def after(self, duration: timedelta) -> None:
        """Let time pass, then let the dispatcher deliver what is due until nothing is."""
        self.service.stage.clock.advance(duration)
        await self.turn()

    async def turn(self) -> None:
        notifier = Notifier(self._tools(), self.service.stage.store, self._record, self.service.stage.clock)
        while due := await notifier.find(InHand(), 10):
            for one in due:
                await notifier.deliver(one.item)

    async def state(self, id_: str) -> SubscriptionState:
        found: SubscriptionState = await self.service.stage.store.get(SUBSCRIPTION_STATES, TENANT, id_)
        return found

    async def _record(self, command: RecordNotification, tenant: str) -> None:
        if self.dies:
            raise Died
        await self.send(command)

    def _tools(self) -> SubscriptionTools:
        return SubscriptionTools(self.service.tools(), self.index, self.receivers, self.sealer)


def subscription(**members: Any) -> Json:
    """A Subscription of these tests."""
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "Decisions on our requests",
        "criteria": TOPIC,
        "_criteria": {"extension": [{"url": FILTER, "valueString": "org-identifier=8189991234"}]},
        "channel": {
            "type": "rest-hook",
            "endpoint": ENDPOINT,
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": CONTENT, "valueCode": "full-resource"}]},
            "header": ["Authorization: Bearer receiver-secret"],
        },
        **members,
    }


def body(resource: Json) -> FhirBody:
    text = json.dumps(resource)
    return FhirBody(media_type="application/fhir+json", sha256="", size=len(text), body=text)


def parameter(bundle: Json, name: str) -> str:
    """The value of a status parameter."""
    parameters = bundle["entry"][0]["resource"]["parameter"]
    return next((str(value) for one in parameters if one["name"] == name for key, value in one.items() if key != "name"), "")


def event_number(bundle: Json) -> str:
    parts = [part for one in bundle["entry"][0]["resource"]["parameter"] for part in one.get("part", ())]
    return next((str(part["valueString"]) for part in parts if part["name"] == "event-number"), "")


@pytest.fixture
def desk(service: Any) -> Desk:
    return Desk(service)


@pytest.fixture
def wanted() -> Any:
    """Makes Subscriptions."""
    return subscription


@pytest.fixture
def dying() -> type[Exception]:
    """What a process that ends raises."""
    return Died
