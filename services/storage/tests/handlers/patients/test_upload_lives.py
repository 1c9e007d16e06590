"""Whatever happens in whatever order: nothing is lost, nothing is done twice, nothing is left over (patient-attachments.md 6)."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from priorbus.contracts.commands.patients import ArchivePatientAttachment
from priorbus.runtime.objects import SignedForm
from priorbus.runtime.testing.objects import MemoryObjectStore

PDF = b"%PDF-1.7 note "
ENDS = {"patient_attachment.processed", "patient_attachment.processing_failed"}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("document"), st.integers(1, 3)),
        st.tuples(st.sampled_from(["issue", "post", "register", "archive", "process", "lose"]), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 3600, 8000])),
        st.tuples(st.sampled_from(["timers", "away", "back", "outage"]), st.just(0)),
        st.tuples(st.just("die"), st.integers(0, 9)),
    ),
    min_size=8,
    max_size=20,
)


class Mortal(MemoryObjectStore):
    """A store whose client dies after so many calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls_left = 10**9

    def _contact(self, operation: str) -> None:
        super()._contact(operation)
        self.calls_left -= 1
        if self.calls_left < 0:
            raise RuntimeError("killed")


@dataclass
class Life:
    """One clinic, and what its clients know."""

    clinic: Any
    patient: int
    forms: list[SignedForm] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    records: dict[int, str] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)

    async def step(self, what: str, number: int) -> None:
        await getattr(self, what)(number)

    async def issue(self, _: int) -> None:
        if self.clinic.objects.available:
            self.forms.append(await self.clinic.form(self.patient))

    async def document(self, uploads: int) -> None:
        """A new one, uploaded so many times; the last upload is registered."""
        await self.issue(0)
        if self.clinic.objects.available:
            for _ in range(uploads):
                await self.post(-1)
            await self.register(-1)

    async def post(self, number: int) -> None:
        """Upload with a form, perhaps once more."""
        if self.clinic.objects.available and self.forms:
            form = self.forms[number % len(self.forms)]
            answer = self.clinic.objects.post(form, f"{len(self.urls)}.pdf", PDF + str(len(self.urls)).encode())
            if answer.key:
                self.urls.append(f"{form.url}/{answer.key}")

    async def register(self, number: int) -> None:
        if self.urls:
            url = self.urls[number % len(self.urls)]
            reply = await self.clinic.send(self.clinic.creation(self.patient, url))
            if reply.refusal is None:
                ticket = url.split("/")[-2]
                assert ticket not in self.records.values()
                self.records[reply.result["patient_attachment"]["id"]] = ticket

    async def archive(self, number: int) -> None:
        if self.records:
            id_ = list(self.records)[number % len(self.records)]
            await self.clinic.succeed(ArchivePatientAttachment(patient_attachment_id=id_))

    async def process(self, number: int) -> None:
        """A second worker, or a command that comes again."""
        if self.records:
            await self.clinic.attempt_processing(list(self.records)[number % len(self.records)])

    async def die(self, calls: int) -> None:
        """A worker is killed; its command comes again."""
        if self.records:
            self.clinic.objects.calls_left = calls
            id_ = list(self.records)[-1]
            await self.clinic.runner.run([self.clinic.process_envelope(id_)])
            self.clinic.objects.calls_left = 10**9
            await self.clinic.attempt_processing(id_)

    async def wait(self, seconds: int) -> None:
        self.clinic.later(seconds=seconds)

    async def timers(self, _: int) -> None:
        await self.clinic.run_due_timers()

    async def away(self, _: int) -> None:
        self.clinic.objects.available = False

    async def back(self, _: int) -> None:
        self.clinic.objects.available = True

    async def outage(self, _: int) -> None:
        """It is away for longer than any ticket lives."""
        await self.away(0)
        for _again in range(3):
            await self.wait(4000)
            await self.timers(0)

    async def lose(self, number: int) -> None:
        """Somebody removes a temporary object behind our back."""
        if self.records:
            id_ = list(self.records)[number % len(self.records)]
            record = await self.clinic.attachment(id_)
            if record.status == "received" and record.storage_key not in self.clinic.objects.objects:
                self.clinic.objects.objects.pop(record.upload_key, None)
                self.lost.add(id_)

    async def end(self) -> None:
        """Everything is well again, for a long time."""
        self.clinic.objects.available = True
        for _ in range(300):
            await self.clinic.run_due_timers()
            self.clinic.later(seconds=60)


async def lived(clinic: Any, steps: list[tuple[str, int]]) -> None:
    life = Life(clinic, await clinic.patient())
    for what, number in steps:
        await life.step(what, number)
    await life.end()
    finals = {}
    for id_ in life.records:
        record = await clinic.attachment(id_)
        assert record.status == "processed" or (record.status == "failed" and id_ in life.lost)
        if record.status == "processed":
            finals[record.storage_key] = record.size
    assert {key: len(stored.body) for key, stored in clinic.objects.objects.items()} == finals
    assert clinic.waiting_timers() == []
    told = [(fact.wire_type, fact.patient_attachment) for fact in clinic.store.published()[1:]]
    for id_ in life.records:
        versions = [attachment.version for _, attachment in told if attachment.id == id_]
        assert versions == list(range(1, len(versions) + 1))
        assert len([kind for kind, attachment in told if attachment.id == id_ and kind in ENDS]) == 1


@given(steps=STEPS)
@example(steps=[("document", 1), ("die", 5)])
@example(steps=[("document", 2), ("outage", 0)])
@example(steps=[("document", 2), ("wait", 8000), ("process", 0), ("away", 0), ("timers", 0), ("process", 0)])
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost_doubled_or_left_over(make_clinic: Any, steps: list[tuple[str, int]]) -> None:
    asyncio.run(lived(make_clinic(Mortal()), steps))


@pytest.mark.long
@pytest.mark.timeout(600)
@given(steps=STEPS)
@settings(max_examples=2000, deadline=None)
def test_nothing_is_lost_doubled_or_left_over_in_many_lives(make_clinic: Any, steps: list[tuple[str, int]]) -> None:
    asyncio.run(lived(make_clinic(Mortal()), steps))
