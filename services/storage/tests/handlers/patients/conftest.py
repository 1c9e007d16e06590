"""The patient side of the service on doubles: its own subscription rows, run by the real group runner."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.patients import (
    CreatePatient,
    CreatePatientAttachment,
    CreatePatientCase,
    IssueUploadTicket,
    ProcessPatientAttachment,
)
from priorbus.contracts.envelope import Envelope, Idempotency
from priorbus.contracts.facts.patients import PatientAttachmentFact
from priorbus.contracts.messages import Message
from priorbus.contracts.patients import PatientAttachment
from priorbus.contracts.replies import Reply
from priorbus.runtime import cloudevents
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.ids import CountingIds, Numbers
from priorbus.runtime.objects import SignedForm
from priorbus.runtime.testing.objects import MemoryObjectStore
from priorbus.runtime.testing.store import MemoryStore
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS
from priorbus.storage.patient_subscriptions import patient_subscriptions
from priorbus.storage.ports import ScanUnavailable
from priorbus.storage.settings import Settings

TENANT = "t_acme"
PDF = b"%PDF-1.7 note"
NAMES = {"first_name": "Ada", "last_name": "Probe"}


class StubScanner:
    """Finds what holds the word virus; `available` False is a scanner that is away."""

    available = True

    async def clean(self, chunks: AsyncIterator[bytes]) -> bool:
        if not self.available:
            raise ScanUnavailable
        return b"virus" not in b"".join([chunk async for chunk in chunks])


class Clinic:
    """One tenant's clients in front of storage, its database and its object store in memory, with one clock."""

    def __init__(self, settings: Settings, objects: MemoryObjectStore | None = None) -> None:
        self.settings = settings
        self.clock = FixedClock()
        self.objects = objects or MemoryObjectStore()
        self.objects.now = self.clock.now
        self.store = MemoryStore()
        self.scanner = StubScanner()
        self.new_id = Numbers()
        self._ids = CountingIds()
        self.runner = GroupRunner(self.store, patient_subscriptions(self.objects, settings, self.scanner), self.clock, self._ids)

    def envelope(self, message: Message, *, tenant: str = TENANT, key: str | None = None) -> Envelope:
        """The message as a gateway sends it."""
        return Envelope(
            id=self._ids("cmd"),
            type=message.wire_type,
            time=self.clock(),
            tenant=tenant,
            data=message.model_dump(mode="json"),
            user="77",
            idempotency=None if key is None else Idempotency(f"{tenant}:POST:{key}", "f"),
        )

    async def run(self, envelope: Envelope) -> Reply:
        """One message and its reply."""
        (settlement,) = await self.runner.run([envelope])
        assert settlement.kind == "done", settlement
        assert settlement.reply is not None
        return Reply.model_validate_json(settlement.reply)

    async def send(self, message: Message, **named: Any) -> Reply:
        """One command and its reply."""
        return await self.run(self.envelope(message, **named))

    async def succeed(self, message: Message, **named: Any) -> dict[str, Any]:
        """The result of a command that is carried out."""
        reply = await self.send(message, **named)
        assert reply.refusal is None, reply.refusal
        assert reply.result is not None
        return reply.result

    async def patient(self, **named: Any) -> int:
        result = await self.succeed(CreatePatient(patient_id=self.new_id(), members=NAMES), **named)
        return int(result["patient"]["id"])

    async def case(self, patient_id: int, **named: Any) -> int:
        result = await self.succeed(
            CreatePatientCase(patient_case_id=self.new_id(), patient_id=patient_id, members={"name": "Knee"}), **named
        )
        return int(result["patient_case"]["id"])

    async def form(self, patient_id: int) -> SignedForm:
        """Step 1 of an upload."""
        post = (await self.succeed(IssueUploadTicket(patient_id=patient_id)))["presigned_post"]
        return SignedForm(post["url"], post["fields"])

    async def uploaded(self, patient_id: int, name: str = "scan 1.pdf", body: bytes = PDF, **fields: str) -> str:
        """Steps 1 and 2: the upload_url."""
        form = await self.form(patient_id)
        answer = self.objects.post(form, name, body, {**form.fields, **fields})
        assert answer.status == 201, answer
        return f"{form.url}/{answer.key}"

    def creation(self, patient_id: int | None, upload_url: str | None, **named: Any) -> CreatePatientAttachment:
        """Step 3 as a command."""
        return CreatePatientAttachment(patient_attachment_id=self.new_id(), patient_id=patient_id, upload_url=upload_url, **named)

    async def registered(self, patient_id: int, url: str | None = None, **named: Any) -> int:
        """A record that waits for its processing; its id."""
        creation = self.creation(patient_id, url or await self.uploaded(patient_id), **named)
        return int((await self.succeed(creation))["patient_attachment"]["id"])

    async def processed(self, patient_id: int, url: str | None = None) -> PatientAttachment:
        """A record after its first processing."""
        id_ = await self.registered(patient_id, url)
        await self.run_due_timers()
        return await self.attachment(id_)

    async def attachment(self, id_: int) -> PatientAttachment:
        attachment = await self.store.get(PATIENT_ATTACHMENTS, TENANT, str(id_))
        assert attachment is not None
        return attachment

    async def attempt_processing(self, id_: int) -> None:
        """One attempt beside those of the timers, as by a second worker."""
        await self.run(self.process_envelope(id_))

    def process_envelope(self, id_: int) -> Envelope:
        return self.envelope(ProcessPatientAttachment(patient_attachment_id=id_))

    async def run_due_timers(self) -> None:
        """Send what is due, as the timer loop does."""
        while due := [row for row in self.store.timers.values() if row.due <= self.clock()]:
            for row in due:
                if self.store.timers.get(row.id) is row:
                    del self.store.timers[row.id]
                (envelope,) = cloudevents.decode(cloudevents.join([row.body]))
                await self.run(envelope)

    def later(self, **duration: float) -> None:
        self.clock.advance(timedelta(**duration))
        self.objects.now = self.clock.now

    @staticmethod
    def codes(reply: Reply) -> dict[str | None, str]:
        """The error codes of a refusal by member."""
        assert reply.refusal is not None
        assert reply.refusal.code == "validation_failed", reply.refusal
        return {issue.field: issue.code for issue in reply.refusal.issues}

    def facts(self) -> list[str]:
        """The types of what was told about attachments, in order."""
        return [message.wire_type for message in self.store.published() if isinstance(message, PatientAttachmentFact)]

    def keys(self) -> list[str]:
        """What is in the object store."""
        return sorted(self.objects.objects)

    def waiting_timers(self) -> list[str]:
        return sorted(self.store.timers)


@pytest.fixture
def clinic(settings: Settings) -> Clinic:
    return Clinic(settings)


@pytest.fixture(scope="module")
def make_clinic() -> Callable[[MemoryObjectStore], Clinic]:
    """A clinic with a store of the test's own, for tests that need many."""
    names, addresses = ("amqp_url", "mongo_url", "s3_access_key", "s3_secret_key"), ("s3_endpoint", "s3_public_endpoint")
    given = Settings.model_validate({**dict.fromkeys(names, "x"), **dict.fromkeys(addresses, "http://nowhere"), "s3_bucket": "priorbus"})
    return lambda objects: Clinic(given, objects)
