"""A confirmed case, the seed's request, and the service's handlers on a store in memory."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from priorbus.contracts.authorizations import Answers, Attachment, Authorization, Occurrence, PayerReceipt, Requirements, Route, Selection
from priorbus.contracts.commands.fhir_pas import InquireClaim, PrepareAuthorization, SendSubmission, SubmitAuthorization, SubmitClaim
from priorbus.contracts.commands.storage import StoreInlineContent
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.fhir_pas import ClaimFact
from priorbus.contracts.messages import MESSAGES, Message
from priorbus.contracts.templates import Payer
from priorbus.fhir_pas.adapters.sandbox.connector import SandboxPayer
from priorbus.fhir_pas.adapters.sandbox.tables import TenantTables
from priorbus.fhir_pas.aggregates import ATTACHMENT_SUBMISSIONS, CLAIM_AUTHORIZATIONS
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.payer import InformationRequest, Occasion, PayerAnswer, PayerRequest, SentDocuments
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import ContentNotStored, PayerConnector, PayerUnreachable
from priorbus.fhir_pas.subscriptions import subscriptions
from priorbus.runtime import cloudevents
from priorbus.runtime.testing.handlers import Handled, Stage
from priorbus.runtime.testing.store import MemoryStore

EXAMPLES = Path(__file__).parents[4] / "shared" / "fhir" / "examples"
PUBLIC_BASE = "https://pas.example.test"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
STEP = timedelta(milliseconds=200)
DIAGNOSES: tuple[Occurrence, ...] = ({"code": ("G43.909",), "qualifierCode": ("ABK",)}, {"code": ("R51.9",)})
ANSWERS: Answers = {
    "patient.firstName": ("Robin",),
    "patient.lastName": ("Example",),
    "patient.dateOfBirth": ("1984-03-09",),
    "patient.gender": ("female",),
    "patient.phone": ("+1 555 0100",),
    "patient.address.line1": ("1 Main Street",),
    "patient.address.city": ("Salem",),
    "patient.address.state": ("OR",),
    "patient.address.zip": ("97301",),
    "subscriber.isPatient": (True,),
    "coverage.memberId": ("SBX-APPROVE",),
    "service.quantity": ("2.50",),
    "service.startDate": ("2026-02-01",),
    "request.isUrgent": (False,),
    "diagnoses": DIAGNOSES,
}
NOTES = Attachment(
    id="att_1",
    file_id="file_1",
    created_at=START,
    document_types=("clinical_notes",),
    content_type="application/pdf",
    size_bytes=1000,
    checksum_sha256="ab" * 32,
    storage_key="files/t_test/file_1",
)


@pytest.fixture
def case() -> Authorization:
    """Confirmed, never submitted."""
    return Authorization(
        id="auth_123",
        tenant="t_test",
        version=4,
        state="preparing",
        policy="automatic",
        provider_npi="1234567893",
        payer=Payer(
            id="payer_evergreen",
            display_name="Evergreen Health Plan",
            supported_states=("OR",),
            supported_service_types=("outpatient",),
            status="active",
        ),
        selection=Selection(
            payer_id="payer_evergreen", state="OR", service_type="outpatient", service_code="70553", service_code_system="cpt"
        ),
        route=Route(channel="fhir_pas", label="Evergreen Health Plan"),
        template_id="imaging-mri-brain",
        template_version=1,
        answers=ANSWERS,
        surface={},
        requirements=Requirements(version=2),
        attachments=(NOTES,),
        created_at=START,
        updated_at=START,
    )


def member(case: Authorization, member_id: str) -> Authorization:
    return case.model_copy(update={"answers": {**case.answers, "coverage.memberId": (member_id,)}})


def received(case: Authorization) -> Authorization:
    receipt = PayerReceipt(received_at=START, channel="sandbox", reference_number="SBX-1")
    return case.model_copy(update={"receipt": receipt, "attempts": 1})


@pytest.fixture
def with_member() -> Callable[[Authorization, str], Authorization]:
    return member


@pytest.fixture
def with_receipt() -> Callable[[Authorization], Authorization]:
    return received


@dataclass
class RecordingPayer:
    """The sandbox, remembering what it was asked; while it is `away` it reviews nothing."""

    sandbox: SandboxPayer
    requests: list[PayerRequest] = field(default_factory=list)
    reviewed: list[SentDocuments] = field(default_factory=list)
    away: bool = False

    async def channel(self, tenant: str) -> str:
        return await self.sandbox.channel(tenant)

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        return await self.sandbox.discover(request)

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        self.requests.append(request)
        return await self.sandbox.decide(request)

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        return await self.sandbox.poll(request, step)

    async def settle(self, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
        return await self.sandbox.settle(request, occasion, elapsed)

    async def hear(self, request: PayerRequest, response: dict[str, Any], bundle: dict[str, Any]) -> PayerAnswer:
        return await self.sandbox.hear(request, response, bundle)

    async def review(self, request: PayerRequest, documents: SentDocuments) -> PayerAnswer:
        self.reviewed.append(documents)
        if self.away:
            raise PayerUnreachable("away")
        return await self.sandbox.review(request, documents)


@dataclass
class MemoryClaimIndex:
    """Authorizations by key, out of the store in memory."""

    store: MemoryStore

    async def find(self, tenant: str, keys: Sequence[str], limit: int = 50) -> list[ClaimAuthorization]:
        found = [one for one in self.store.all(CLAIM_AUTHORIZATIONS, tenant) if set(one.keys) & set(keys)]
        return sorted(found, key=lambda one: one.updated_at, reverse=True)[:limit]


@dataclass
class MemoryBodies:
    """Large request bodies by key."""

    bodies: dict[str, bytes] = field(default_factory=dict)

    async def read(self, key: str) -> bytes:
        return self.bodies[key]


@dataclass
class MemoryHeld:
    """Held attachments, out of the store in memory."""

    store: MemoryStore

    async def find(self, tenant: str, trackings: Sequence[str]) -> Sequence[AttachmentSubmission]:
        found = (one for one in self.store.all(ATTACHMENT_SUBMISSIONS, tenant) if one.status == "held" and one.tracking in trackings)
        return sorted(found, key=lambda one: one.created_at)


@dataclass
class MemoryContents:
    """A storage service that keeps everything, unless it is told to fail with a code."""

    failure: str = ""
    kept: dict[str, bytes] = field(default_factory=dict)

    async def store(self, envelope: Envelope, contents: Sequence[StoreInlineContent]) -> Sequence[Document]:
        if self.failure:
            raise ContentNotStored(self.failure)
        return [self._document(one) for one in contents]

    def _document(self, content: StoreInlineContent) -> Document:
        raw = self.kept[content.document_id] = base64.b64decode(content.data or "")
        return Document(
            id=content.document_id,
            client="client",
            content_type=content.content_type,
            size_bytes=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            sha1=base64.b64encode(hashlib.sha1(raw, usedforsecurity=False).digest()).decode(),
            storage_key=f"documents/{content.document_id}",
            created_at=START,
        )


@dataclass
class Service:
    """All handlers of fhir-pas with the sandbox payer."""

    payer: PayerConnector
    bodies: MemoryBodies = field(default_factory=MemoryBodies)
    contents: MemoryContents = field(default_factory=MemoryContents)
    stage: Stage = field(default_factory=Stage)
    terms: Terms = field(default_factory=lambda: Terms(PUBLIC_BASE))

    def tools(self) -> Tools:
        """What its handlers are given."""
        index, held = MemoryClaimIndex(self.stage.store), MemoryHeld(self.stage.store)
        return Tools(self.payer, self.bodies, self.contents, index, held, self.terms)

    async def send(self, message: Message, tenant: str = "t_test") -> Handled:
        table = {row.message: row for row in subscriptions(self.tools())}
        return await self.stage.run(table[type(message)], message, tenant=tenant)

    async def submit(self, body: str, tenant: str = "t_test", base: str = "/fhir") -> Handled:
        return await self.send(claim_command(body, base), tenant)

    async def inquire(self, body: str, tenant: str = "t_test", base: str = "/fhir") -> Handled:
        return await self.send(InquireClaim.model_validate(claim_command(body, base).model_dump(exclude={"identifiers"})), tenant)

    async def attempt(self, case: Authorization, number: int = 1) -> Handled:
        """One permitted attempt of the work item `work_1`."""
        return await self.send(SendSubmission(authorization=case, work_item_id="work_1", attempt=number))

    async def prepare(self, case: Authorization) -> Handled:
        return await self.send(PrepareAuthorization(authorization=case, work_item_id="work_1"))

    async def want_submission(self, case: Authorization) -> Handled:
        return await self.send(SubmitAuthorization(authorization=case, work_item_id="work_1"))

    @staticmethod
    def told(handled: Handled) -> list[Message]:
        """What a message has published beside facts about Claims."""
        return [one for one in handled.published if not isinstance(one, ClaimFact)]

    async def fire(self) -> Handled:
        """Let the only timer fire at its time."""
        ((id_, row),) = self.stage.store.timers.items()
        self.stage.clock.now = max(row.due, self.stage.clock.now)
        del self.stage.store.timers[id_]
        (envelope,) = cloudevents.decode(cloudevents.join([row.body]))
        return await self.send(MESSAGES[envelope.type].model_validate(envelope.data), envelope.tenant)

    @property
    def waiting(self) -> list[timedelta]:
        """How long each timer still waits."""
        return [row.due - self.stage.clock() for row in self.stage.store.timers.values()]


def claim_command(body: str, base: str = "/fhir") -> SubmitClaim:
    raw = body.encode()
    digest = hashlib.sha256(raw).hexdigest()
    return SubmitClaim(base=base, media_type="application/fhir+json", scopes=(), sha256=digest, size=len(raw), body=body)


@pytest.fixture
def sandbox() -> SandboxPayer:
    return SandboxPayer(TenantTables(MemoryStore()), STEP)


@pytest.fixture
def payer(sandbox: SandboxPayer) -> RecordingPayer:
    return RecordingPayer(sandbox)


@pytest.fixture
def service(payer: RecordingPayer) -> Service:
    return Service(payer)


@pytest.fixture
def example() -> Callable[[str], str]:
    """Reads an official example or a seed's JSON block from the shared folder, if present."""

    def read(name: str) -> str:
        if not EXAMPLES.is_dir():
            pytest.skip("the shared folder with the FHIR examples is absent")
        return (EXAMPLES / name).read_text()

    return read


@pytest.fixture
def own_request() -> dict[str, Any]:
    """A small request of the seed's kind, written for these tests: one professional service, everything resolved."""

    def concept(system: str, code: str) -> dict[str, Any]:
        return {"coding": [{"system": system, "code": code}]}

    organization = {"resourceType": "Organization", "active": True, "name": "Example"}
    resources: list[dict[str, Any]] = [
        {
            "resourceType": "Claim",
            "id": "claim-1",
            "identifier": [{"system": "urn:example:claims", "value": "claim-1"}],
            "status": "active",
            "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
            "use": "preauthorization",
            "patient": {"reference": "Patient/patient-1"},
            "created": "2026-01-02",
            "insurer": {"reference": "Organization/plan"},
            "provider": {"reference": "Organization/clinic"},
            "priority": concept("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
            "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/coverage-1"}}],
            "item": [
                {
                    "sequence": 1,
                    "category": concept("https://codesystem.x12.org/005010/1365", "3"),
                    "productOrService": concept("http://www.ama-assn.org/go/cpt", "99213"),
                }
            ],
        },
        {
            "resourceType": "Patient",
            "id": "patient-1",
            "identifier": [{"system": "urn:example:patients", "value": "mrn-1"}],
            "name": [{"family": "Example"}],
            "gender": "female",
        },
        {
            "resourceType": "Coverage",
            "id": "coverage-1",
            "status": "active",
            "beneficiary": {"reference": "Patient/patient-1"},
            "payor": [{"reference": "Organization/plan"}],
        },
        {**organization, "id": "clinic"},
        {**organization, "id": "plan"},
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": "urn:example:trace", "value": "trace-1"},
        "timestamp": "2026-01-02T09:00:00Z",
        "entry": [{"fullUrl": f"https://ehr.example.test/{one['resourceType']}/{one['id']}", "resource": one} for one in resources],
    }


@pytest.fixture
def own_text(own_request: dict[str, Any]) -> str:
    return json.dumps(own_request)
