import asyncio
import hashlib
from typing import Any

import pytest

from priorbus.runtime.group import GroupRunner
from priorbus.runtime.objects import ObjectInfo
from priorbus.runtime.testing.objects import MemoryObjectStore
from priorbus.storage.patient_subscriptions import patient_subscriptions

PDF = b"%PDF-1.7 note"
PNG = b"\x89PNG\r\n\x1a\n...."
CREATED, PROCESSED, FAILED = "patient_attachment.created", "patient_attachment.processed", "patient_attachment.processing_failed"


async def test_patt_05_processed(clinic: Any) -> None:
    patient = await clinic.patient()
    id_ = await clinic.registered(patient)
    clinic.later(seconds=1)
    await clinic.run_due_timers()
    record = await clinic.attachment(id_)
    assert (record.status, record.filename, record.content_type, record.size) == ("processed", "scan 1.pdf", "application/pdf", len(PDF))
    assert (record.sha256, record.version) == (hashlib.sha256(PDF).hexdigest(), 2)
    assert record.processed_at == record.updated_at == clinic.clock()
    assert clinic.keys() == [record.storage_key] == [f"patient-attachments/t_acme/{id_}"]
    assert clinic.facts() == [CREATED, PROCESSED]
    told = clinic.store.published()[-1].events[0]
    assert (told.type, told.actor, told.data) == (PROCESSED, "system", {"id": str(id_), "patientId": str(patient)})


async def test_patt_27_28_type_and_name_are_what_the_bytes_and_the_key_say(clinic: Any) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    answer = clinic.objects.post(form, "../../x.pdf", PNG, {**form.fields, "Content-Type": "application/pdf"})
    record = await clinic.processed(patient, f"{form.url}/{answer.key}")
    assert (record.filename, record.content_type) == ("x.pdf", "image/png")


async def test_the_declared_type_counts_where_the_bytes_say_nothing(clinic: Any) -> None:
    patient = await clinic.patient()
    for declared, counts in (("text/csv", "text/csv"), ("?", "application/octet-stream")):
        url = await clinic.uploaded(patient, "x", b"a,b", **{"Content-Type": declared})
        assert (await clinic.processed(patient, url)).content_type == counts


async def test_patt_30_the_object_is_gone(clinic: Any) -> None:
    patient = await clinic.patient()
    id_ = await clinic.registered(patient)
    clinic.objects.objects.clear()
    await clinic.run_due_timers()
    record = await clinic.attachment(id_)
    assert (record.status, record.processed_at, record.processing_error.code) == ("failed", None, "object_missing")
    assert clinic.facts() == [CREATED, FAILED]
    told = clinic.store.published()[-1].events[0]
    assert told.data == {"id": str(id_), "patientId": str(patient), "failureCode": "object_missing"}


@pytest.mark.parametrize(("body", "code"), [(b"", "object_empty"), (bytes(26_214_401), "object_too_large"), (b"virus", "infected")])
async def test_what_is_put_in_its_place_meanwhile_is_judged_again(clinic: Any, body: bytes, code: str) -> None:
    patient = await clinic.patient()
    id_ = await clinic.registered(patient)
    await clinic.objects.put((await clinic.attachment(id_)).upload_key, body, content_type="application/pdf")
    await clinic.run_due_timers()
    assert (await clinic.attachment(id_)).processing_error.code == code
    assert clinic.keys() == []
    assert clinic.facts() == [CREATED, FAILED]


@pytest.mark.parametrize("part", ["objects", "scanner"])
async def test_what_is_away_is_asked_again_for_as_long_as_it_takes(clinic: Any, part: str) -> None:
    patient = await clinic.patient()
    id_ = await clinic.registered(patient)
    getattr(clinic, part).available = False
    waits = []
    for _ in range(20):
        await clinic.run_due_timers()
        due = clinic.store.timers[f"t_acme/process_patient_attachment/{id_}"].due
        waits.append((due - clinic.clock()).total_seconds())
        clinic.later(seconds=waits[-1])
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 300
    assert (await clinic.attachment(id_)).status == "received"
    getattr(clinic, part).available = True
    await clinic.run_due_timers()
    assert (await clinic.attachment(id_)).status == "processed"
    assert clinic.facts() == [CREATED, PROCESSED]


async def test_an_outage_longer_than_the_ticket_loses_nothing_and_leaves_nothing(clinic: Any) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    assert clinic.objects.post(form, "a.pdf", PDF).status == 201
    id_ = await clinic.registered(patient, f"{form.url}/{clinic.objects.post(form, 'b.pdf', PDF).key}")
    clinic.objects.available = False
    for _ in range(400):
        await clinic.run_due_timers()
        clinic.later(seconds=60)
    clinic.objects.available = True
    for _ in range(10):
        await clinic.run_due_timers()
        clinic.later(seconds=60)
    record = await clinic.attachment(id_)
    assert (record.status, record.filename) == ("processed", "b.pdf")
    assert clinic.keys() == [record.storage_key]
    assert clinic.waiting_timers() == []


async def test_a_ticket_that_is_closed_while_its_upload_is_taken_over_leaves_nothing(clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    assert clinic.objects.post(form, "a.pdf", PDF).status == 201
    id_ = await clinic.registered(patient, f"{form.url}/{clinic.objects.post(form, 'b.pdf', PDF).key}")
    del clinic.store.timers[f"t_acme/process_patient_attachment/{id_}"]
    commit = clinic.store.commit

    async def late(changes: Any) -> None:
        monkeypatch.undo()
        clinic.runner = GroupRunner(clinic.store, patient_subscriptions(clinic.objects, clinic.settings, clinic.scanner), clinic.clock)
        clinic.later(hours=2)
        await clinic.run_due_timers()
        await commit(changes)

    monkeypatch.setattr(clinic.store, "commit", late)
    await clinic.attempt_processing(id_)
    clinic.later(minutes=1)
    await clinic.run_due_timers()
    assert clinic.keys() == [(await clinic.attachment(id_)).storage_key]
    assert clinic.facts() == [CREATED, PROCESSED]
    assert clinic.waiting_timers() == []


async def test_further_uploads_with_a_used_ticket_change_nothing_and_go_in_the_end(clinic: Any) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    answer = clinic.objects.post(form, "a.pdf", PDF)
    record = await clinic.processed(patient, f"{form.url}/{answer.key}")
    assert clinic.objects.post(form, "a.pdf", PNG).status == 201
    await clinic.attempt_processing(record.id)
    clinic.later(hours=2)
    await clinic.run_due_timers()
    assert clinic.keys() == [record.storage_key]
    assert clinic.objects.objects[record.storage_key].body == PDF
    assert await clinic.attachment(record.id) == record


async def test_patt_29_two_workers_at_once_make_one_result(clinic: Any) -> None:
    patient = await clinic.patient()
    id_ = await clinic.registered(patient)
    await asyncio.gather(*(clinic.attempt_processing(id_) for _ in range(4)))
    await clinic.run_due_timers()
    assert clinic.facts() == [CREATED, PROCESSED]
    assert clinic.keys() == [(await clinic.attachment(id_)).storage_key]


class Restless(MemoryObjectStore):
    """A store where each upload is replaced right after somebody has looked at it, so many times."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    async def head(self, key: str) -> ObjectInfo | None:
        found = await super().head(key)
        if found is not None and "/temp/" in key and self.times > 0:
            self.times -= 1
            await self.put(key, PDF + str(self.times).encode(), content_type="application/pdf")
        return found


@pytest.mark.parametrize("times", [1, 7])
async def test_an_upload_that_is_replaced_all_the_time_is_taken_over_in_the_end(clinic: Any, times: int) -> None:
    restless = Restless()
    place = type(clinic)(clinic.settings, restless)
    id_ = await place.registered(await place.patient())
    restless.times = times
    for _ in range(4):
        await place.run_due_timers()
        place.later(minutes=1)
    record = await place.attachment(id_)
    assert (record.status, record.size) == ("processed", len(PDF) + 1)
    assert place.facts() == [CREATED, PROCESSED]


class Dying(MemoryObjectStore):
    """A store whose client dies after so many calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls_left = 10**9

    def _contact(self, operation: str) -> None:
        super()._contact(operation)
        self.calls_left -= 1
        if self.calls_left < 0:
            raise RuntimeError("killed")


@pytest.mark.parametrize("calls", range(10))
async def test_patt_29_a_worker_that_dies_between_any_two_steps(clinic: Any, calls: int) -> None:
    dying = Dying()
    place = type(clinic)(clinic.settings, dying)
    id_ = await place.registered(await place.patient())
    dying.calls_left = calls
    (settlement,) = await place.runner.run([place.process_envelope(id_)])
    assert settlement.kind == ("done" if calls == 9 else "retry")
    dying.calls_left = 10**9
    await place.run_due_timers()
    record = await place.attachment(id_)
    assert (record.status, record.filename, record.size) == ("processed", "scan 1.pdf", len(PDF))
    assert place.keys() == [record.storage_key]
    assert place.facts() == [CREATED, PROCESSED]


async def test_a_worker_that_moved_bytes_after_the_failure_leaves_nothing(clinic: Any) -> None:
    patient = await clinic.patient()
    id_ = await clinic.registered(patient)
    clinic.objects.objects.clear()
    await clinic.run_due_timers()
    await clinic.objects.put((await clinic.attachment(id_)).storage_key, PDF, content_type="application/pdf")
    clinic.later(seconds=1)
    await clinic.attempt_processing(id_)
    await clinic.run_due_timers()
    assert clinic.keys() == []
