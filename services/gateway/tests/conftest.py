"""A gateway around doubles: real MongoDB, bus in memory, an owner that answers as it is told."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.templates import Template
from priorbus.devstack.client import Client
from priorbus.gateway.assembly import Assembly, Inside, Outside
from priorbus.gateway.credentials import api_key
from priorbus.gateway.credentials.key_record import NewKey, key_record
from priorbus.gateway.main import serve
from priorbus.gateway.read_models.database import prepare
from priorbus.gateway.settings import Settings
from priorbus.runtime.bus import ServiceQueue, Topology
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.health import Health
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo import Store
from priorbus.runtime.settlement import Settlement
from priorbus.runtime.testing.bus import MemoryBus
from priorbus.runtime.testing.objects import MemoryObjectStore

Json = dict[str, Any]
BASE_URL = "http://api.example.test"
NOW = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)

TEMPLATE: Json = {
    "templateId": "small",
    "version": 1,
    "title": "A small template",
    "match": {"payerIds": ["*"], "states": ["*"], "serviceType": "outpatient", "serviceCodes": [{"system": "cpt", "code": "70553"}]},
    "groups": [
        {
            "id": "patient",
            "title": "Patient",
            "items": [
                {"linkId": "patient.firstName", "text": "First name", "answerType": "string", "required": True, "maxLength": 60},
                {"linkId": "patient.dateOfBirth", "text": "Date of birth", "answerType": "date", "min": "1900-01-01"},
            ],
        },
        {
            "id": "scan",
            "title": "Scan",
            "items": [
                {"linkId": "q.weeks", "text": "Weeks", "answerType": "decimal", "min": "0", "max": "520"},
                {"linkId": "q.urgent", "text": "Urgent?", "answerType": "boolean"},
                {
                    "linkId": "q.place",
                    "text": "Where?",
                    "answerType": "choice",
                    "maxAnswers": 2,
                    "options": [{"code": "home", "display": "Home"}, {"code": "clinic", "display": "Clinic"}],
                },
            ],
        },
        {
            "id": "diagnoses",
            "title": "Diagnoses",
            "repeats": True,
            "minOccurs": 1,
            "maxOccurs": 3,
            "items": [
                {"linkId": "diagnoses.code", "text": "Code", "answerType": "string", "required": True},
                {"linkId": "diagnoses.note", "text": "Note", "answerType": "string"},
            ],
        },
    ],
}


@pytest.fixture
def template() -> Template:
    return Template.model_validate(TEMPLATE)


def authorization(**changes: Any) -> Authorization:
    """A case in requires_input."""
    members: Json = {
        "id": "auth_1",
        "tenant": "t_one",
        "version": 1,
        "state": "requires_input",
        "policy": "automatic",
        "provider_npi": "1234567893",
        "payer": {
            "id": "payer_a",
            "displayName": "Payer A",
            "supportedStates": ["CA"],
            "supportedServiceTypes": ["outpatient"],
            "aliases": ["PA"],
            "status": "active",
        },
        "selection": {
            "payer_id": "payer_a",
            "state": "CA",
            "service_type": "outpatient",
            "service_code": "70553",
            "service_code_system": "cpt",
        },
        "route": {"channel": "sandbox", "label": "Sandbox"},
        "template_id": "small",
        "template_version": 1,
        "answers": {},
        "surface": {},
        "requirements": {"version": 1},
        "next_action": {
            "id": "act_1",
            "type": "provide_requirements",
            "description": "Answer.",
            "authorization_version": 1,
            "requirements_version": 1,
            "answers_version": 1,
            "attachments_version": 1,
            "created_at": NOW,
        },
        "sequence": 2,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Authorization.model_validate(members | changes)


@pytest.fixture(scope="session")
def make_state() -> Callable[..., Json]:
    """The JSON of an authorization, as replies and facts carry it."""

    def make(**changes: Any) -> Json:
        return authorization(**changes).model_dump(mode="json")

    return make


@pytest.fixture
async def store(mongo_url: str, emptied_prefix: str) -> AsyncIterator[Store]:
    async with Store.open(mongo_url, f"{emptied_prefix}_gateway") as opened:
        await prepare(opened.database)
        yield opened


class Owner:
    """Answers each command with what `reply` makes of it; nothing at all while `paused`."""

    def __init__(self) -> None:
        self.seen: list[Envelope] = []
        self.reply: Callable[[Envelope], Json] = lambda _envelope: {"result": {}}
        self._open = asyncio.Event()
        self._open.set()
        self.arrived = asyncio.Event()

    def pause(self) -> None:
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    def concurrent(self, envelope: Envelope) -> bool:
        return True

    async def run(self, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
        self.seen.extend(envelopes)
        self.arrived.set()
        await self._open.wait()
        return [Settlement("done", reply=orjson.dumps({"command_id": each.id, **self.reply(each)})) for each in envelopes]


@dataclass
class World:
    """A running gateway and everything around it."""

    url: str
    store: Store
    bus: MemoryBus
    owner: Owner
    objects: MemoryObjectStore
    clock: FixedClock
    inside: Inside
    health: Health
    clients: list[Client] = field(default_factory=list)

    async def key(self, *scopes: str, tenant: str = "t_one") -> str:
        """A new API key."""
        secret = api_key.mint("test")
        record = key_record(new_id("key"), secret, NewKey(tenant, "test", scopes or ("*",)), self.clock())
        await self.store.database["api_keys"].insert_one(record)
        return secret

    async def token(self, *scopes: str, tenant: str = "t_one", seconds: int = 300) -> str:
        """A new FHIR access token."""
        record = {"_id": api_key.digest("token"), "tenant": tenant, "client_id": "c", "user_id": 7, "scopes": list(scopes)}
        await self.store.database["access_tokens"].insert_one(record | {"expires_at": self.clock() + timedelta(seconds=seconds)})
        return "token"

    async def client(self, credential: str | None) -> Client:
        """A caller; closed with the world."""
        client = await Client(self.url, credential).__aenter__()
        self.clients.append(client)
        return client

    async def keep_template(self) -> None:
        """As if the fact had arrived."""
        document = {"_id": "small/1", "json": orjson.dumps(Template.model_validate(TEMPLATE).model_dump(mode="json"))}
        await self.store.database["templates"].insert_one(document)


def settings(**changes: Any) -> Settings:
    """Settings that need no environment."""
    given: Json = {
        "amqp_url": "amqp://nowhere",
        "mongo_url": "mongodb://nowhere",
        "s3_endpoint": "http://nowhere",
        "s3_public_endpoint": "http://nowhere",
        "s3_bucket": "priorbus",
        "s3_access_key": "a",
        "s3_secret_key": "s",
        "public_base_url": BASE_URL,
        "cursor_secret": "x" * 32,
        "sealing_keys": [base64.urlsafe_b64encode(b"k" * 32).decode()],
        "reply_deadline_ms": 100,
        "pas_reply_deadline_ms": 100,
    }
    return Settings(**(given | changes))


@asynccontextmanager
async def running_world(store: Store, **changes: Any) -> AsyncIterator[World]:
    """A gateway with changed settings; its clock stands still."""
    bus, owner, objects, clock, health = MemoryBus(), Owner(), MemoryObjectStore(), FixedClock(NOW), Health()
    ping_seconds = changes.pop("ping_seconds", 15.0)
    for service in ("requirements", "storage", "fhir-pas"):
        await bus.declare(Topology(service))
    assembly = Assembly(Outside(settings(**changes), store, objects, health, clock, new_id, ping_seconds))
    async with bus.requests(assembly.on_late_reply) as requests:
        inside = assembly.finish(requests)
        queues = [bus.consumer(ServiceQueue(service, "commands"), owner) for service in ("requirements", "storage", "fhir-pas")]
        async with queues[0], queues[1], queues[2], serve(inside.gate, "127.0.0.1", 0) as port, inside.feeds.running():
            health.start_accepting()
            world = World(f"http://127.0.0.1:{port}", store, bus, owner, objects, clock, inside, health)
            await world.keep_template()
            yield world
            owner.resume()
            for client in world.clients:
                await client.__aexit__(None, None, None)
        await inside.commands.drain()
        await assembly.settler.drain()


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    async with running_world(store) as running:
        yield running


@pytest.fixture
def make_world(store: Store) -> Callable[..., Any]:
    """Worlds with changed settings: `async with make_world(reply_deadline_ms=…) as world`."""
    return lambda **changes: running_world(store, **changes)
