"""Wires the HTTP process from its outside: database, requests over the bus, object store. Tests give it doubles."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from priorbus.gateway.credentials.directory import CredentialDirectory
from priorbus.gateway.credentials.key_store import ApiKeys
from priorbus.gateway.events.feeds import EventFeeds
from priorbus.gateway.events.log import EventLog
from priorbus.gateway.events.open_streams import OpenStreams
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.route import PolicyName
from priorbus.gateway.http.router import Router
from priorbus.gateway.middleware.audit import AuditTrail
from priorbus.gateway.middleware.gate import Gate
from priorbus.gateway.middleware.rate_limits import COLLECTION as RATE_WINDOWS
from priorbus.gateway.middleware.rate_limits import PATIENTS_POLL, Policy, RateLimits
from priorbus.gateway.oauth.key_sets import KeySets
from priorbus.gateway.oauth.metadata import TOKEN_PATH
from priorbus.gateway.oauth.tokens import TokenIssuer
from priorbus.gateway.operations.commands import Books, Commands
from priorbus.gateway.operations.ledger import OperationLedger
from priorbus.gateway.operations.marks import IdempotencyMarks
from priorbus.gateway.operations.outcome import Appliers
from priorbus.gateway.operations.own_writes import OwnWrites
from priorbus.gateway.operations.questions import Questions
from priorbus.gateway.operations.relay import OperationRelay
from priorbus.gateway.operations.settling import Settler
from priorbus.gateway.operations.store import OperationStore
from priorbus.gateway.published import published
from priorbus.gateway.queries.authorizations import AuthorizationQueries
from priorbus.gateway.queries.catalogue import CatalogueQueries
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.events import EventQueries
from priorbus.gateway.queries.files import FileQueries
from priorbus.gateway.queries.forms import Forms
from priorbus.gateway.queries.lists import Lists
from priorbus.gateway.queries.reply_deadlines import ReplyDeadlines
from priorbus.gateway.queries.routes import RouteQueries
from priorbus.gateway.read_models.database import projected
from priorbus.gateway.read_models.patients import ATTACHMENTS, CASES, PATIENTS
from priorbus.gateway.read_models.write_through import Projections
from priorbus.gateway.routes import ROUTES
from priorbus.gateway.settings import Settings
from priorbus.gateway.webhooks.deliveries import WebhookDeliveries
from priorbus.gateway.webhooks.endpoints import WebhookEndpoints
from priorbus.runtime.bus import LateReply, Requests
from priorbus.runtime.clock import Clock
from priorbus.runtime.handling import Ids
from priorbus.runtime.health import Health
from priorbus.runtime.mongo import Store
from priorbus.runtime.objects import ObjectStore
from priorbus.runtime.outgoing import guard_of
from priorbus.runtime.sealing import Sealer


@dataclass(frozen=True)
class Outside:
    """What the process stands on."""

    settings: Settings
    store: Store
    objects: ObjectStore
    health: Health
    clock: Clock
    new_id: Ids
    ping_seconds: float = 15.0
    """Pause between signs of life on a quiet stream of events."""


@dataclass(frozen=True)
class Inside:
    """The parts that must be run or drained."""

    gate: Gate
    commands: Commands
    relay: OperationRelay
    audit: AuditTrail
    limits: RateLimits
    feeds: EventFeeds


class Assembly:
    """Two steps, because requests need the settler's ear before everything else needs requests."""

    def __init__(self, outside: Outside) -> None:
        database = outside.store.database
        projections = Projections(database)
        self._outside = outside
        self._appliers: Appliers = {
            "authorization": projections.authorization,
            "file": projections.file,
            "provider": projections.provider,
            "patient": projections.patient,
            "patient_case": projections.patient_case,
            "patient_attachment": projections.patient_attachment,
        }
        self._marks = IdempotencyMarks(database, outside.clock)
        self._operations = OperationStore(database, outside.clock)
        ledger = OperationLedger(outside.store.client, database, self._operations, outside.clock, outside.settings.public_base_url)
        self.settler = Settler(self._operations, ledger, self._marks, self._appliers)

    @property
    def on_late_reply(self) -> LateReply:
        """Where replies go that no call waits for."""
        return self.settler.on_late_reply

    def finish(self, requests: Requests) -> Inside:
        """Everything else."""
        outside, database = self._outside, self._outside.store.database
        books = Books(self._operations, self.settler, self._marks, self._appliers)
        commands = Commands(requests, books, outside.clock, outside.new_id, outside.settings.reply_deadline_ms / 1000)
        audit = AuditTrail(database["audit"])
        limits = self._limits()
        gateway = self._gateway(requests, commands)
        gate = Gate(gateway, Router(ROUTES), gateway.credentials, limits, audit)
        return Inside(gate, commands, OperationRelay(self._operations, self._marks, requests), audit, limits, gateway.feeds)

    def _limits(self) -> RateLimits:
        settings = self._outside.settings
        rows = projected(self._outside.store.database, RATE_WINDOWS)
        policies: dict[PolicyName, Policy] = {
            "default": Policy.parse(settings.rate_default),
            "poll": Policy.parse(settings.rate_poll),
            "patients": Policy.parse(settings.rate_patient_attachments),
            "patients_poll": PATIENTS_POLL,
        }
        return RateLimits(rows, policies, self._outside.clock, settings.rate_merge_ms / 1000)

    def _gateway(self, requests: Requests, commands: Commands) -> Gateway:
        outside, database = self._outside, self._outside.store.database
        cursors = Cursors(outside.settings.cursor_secret.get_secret_value().encode(), outside.clock)
        events = EventQueries(database, cursors)
        questions = Questions(requests, outside.clock, outside.new_id, outside.settings.reply_deadline_ms / 1000)
        sealer = Sealer(outside.settings.sealing_keys)
        return Gateway(
            settings=outside.settings,
            clock=outside.clock,
            new_id=outside.new_id,
            commands=commands,
            own_writes=OwnWrites(outside.store.client, database, outside.clock),
            questions=questions,
            operations=self._operations,
            authorizations=AuthorizationQueries(database, cursors),
            files=FileQueries(database),
            catalogue=CatalogueQueries(database, cursors),
            patients=Lists(database, PATIENTS),
            patient_cases=Lists(database, CASES),
            patient_attachments=Lists(database, ATTACHMENTS),
            forms=Forms(database, requests, outside.clock, outside.new_id),
            routes=RouteQueries(questions, cursors),
            reply_deadlines=ReplyDeadlines(database, outside.settings.pas_reply_deadline_ms / 1000),
            credentials=CredentialDirectory(database, outside.settings.environment, outside.clock, sealer),
            api_keys=ApiKeys(database, cursors),
            events=events,
            feeds=EventFeeds(outside.store.client, database, events),
            open_streams=OpenStreams(outside.ping_seconds),
            event_log=EventLog(database),
            sealer=sealer,
            webhook_endpoints=WebhookEndpoints(database, cursors),
            webhook_deliveries=WebhookDeliveries(database, cursors),
            objects=outside.objects,
            health=outside.health,
            documents=_documents(outside.settings.public_base_url),
            tokens=self._tokens(),
        )

    def _tokens(self) -> TokenIssuer:
        settings = self._outside.settings
        key_sets = KeySets(guard_of(settings.jwks_endpoint_allow, settings.environment))
        return TokenIssuer(self._outside.store.database, key_sets, settings.public_base_url + TOKEN_PATH, self._outside.clock)


@cache
def _documents(base_url: str) -> Mapping[str, bytes]:
    return published(ROUTES, base_url)
