from typing import Any

from priorbus.contracts.commands.patients import ArchivePatientAttachment
from priorbus.contracts.replies import Refusal

CREATED, PROCESSED = "patient_attachment.created", "patient_attachment.processed"


async def test_patt_31_archive_while_received(clinic: Any) -> None:
    patient = await clinic.patient()
    id_ = await clinic.registered(patient)
    archived = await clinic.succeed(ArchivePatientAttachment(patient_attachment_id=id_))
    clinic.later(seconds=5)
    assert await clinic.succeed(ArchivePatientAttachment(patient_attachment_id=id_)) == archived
    await clinic.run_due_timers()
    record = await clinic.attachment(id_)
    assert (record.status, record.archived_at is not None, record.version) == ("processed", True, 3)
    assert clinic.facts() == [CREATED, "patient_attachment.archived", PROCESSED]


async def test_patt_33_unknown_records(clinic: Any) -> None:
    id_ = await clinic.registered(await clinic.patient())
    not_found = Refusal(code="not_found")
    assert (await clinic.send(ArchivePatientAttachment(patient_attachment_id=1))).refusal == not_found
    assert (await clinic.send(ArchivePatientAttachment(patient_attachment_id=id_), tenant="t_borealis")).refusal == not_found
