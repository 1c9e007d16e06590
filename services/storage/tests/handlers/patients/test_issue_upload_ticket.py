from typing import Any

from priorbus.contracts.commands.patients import ArchivePatient, IssueUploadTicket
from priorbus.contracts.replies import Refusal

PDF = b"%PDF-1.7 note"
NAMES = {"key", "policy", "x-amz-credential", "x-amz-signature", "x-amz-algorithm", "x-amz-date", "success_action_status", "acl"}


async def test_patt_01_the_fields_of_a_form(clinic: Any) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    assert form.url == "http://nowhere/priorbus"
    assert set(form.fields) == NAMES
    assert form.fields["key"].startswith(f"t_acme/patients/{patient}/attachments/temp/")
    assert form.fields["key"].endswith("/${filename}")
    assert (form.fields["success_action_status"], form.fields["acl"]) == ("201", "private")


async def test_every_ticket_is_another_one(clinic: Any) -> None:
    patient = await clinic.patient()
    forms = [await clinic.form(patient) for _ in range(3)]
    assert len({form.fields["key"] for form in forms}) == 3
    assert all(len(form.fields["key"].split("/")[-2]) == 32 for form in forms)


async def test_patt_02_unknown_foreign_and_archived_patients(clinic: Any) -> None:
    patient = await clinic.patient()
    not_found = Refusal(code="not_found")
    assert (await clinic.send(IssueUploadTicket(patient_id=1))).refusal == not_found
    assert (await clinic.send(IssueUploadTicket(patient_id=patient), tenant="t_borealis")).refusal == not_found
    await clinic.succeed(ArchivePatient(patient_id=patient))
    assert (await clinic.send(IssueUploadTicket(patient_id=patient))).refusal == not_found
    assert clinic.waiting_timers() == []


async def test_patt_58_without_an_object_store_no_form_is_given_out(clinic: Any) -> None:
    patient = await clinic.patient()
    clinic.objects.available = False
    assert (await clinic.send(IssueUploadTicket(patient_id=patient))).refusal == Refusal(code="storage_unavailable")
    assert (await clinic.send(IssueUploadTicket(patient_id=1))).refusal == Refusal(code="not_found")


async def test_patt_22_23_what_the_form_does_not_permit(clinic: Any) -> None:
    form = await clinic.form(await clinic.patient())
    limit = clinic.settings.patient_attachment_max_bytes
    assert clinic.objects.post(form, "x", b"").code == "EntityTooSmall"
    assert clinic.objects.post(form, "x", bytes(limit + 1)).code == "EntityTooLarge"
    for change in ({"acl": "public-read"}, {"key": "t_acme/patients/1/x"}, {"extra": "1"}, {"success_action_status": "204"}):
        assert clinic.objects.post(form, "x", PDF, {**form.fields, **change}).status == 403
    clinic.later(seconds=3601)
    assert clinic.objects.post(form, "x", PDF).status == 403
    assert clinic.keys() == []


async def test_patt_59_an_abandoned_upload_is_removed_after_the_grace_time(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    clinic.later(seconds=3600 + 3599)
    await clinic.run_due_timers()
    assert len(clinic.keys()) == 1
    clinic.later(seconds=1)
    await clinic.run_due_timers()
    assert clinic.keys() == []
    assert clinic.waiting_timers() == []
    assert clinic.codes(await clinic.send(clinic.creation(patient, url))) == {"upload_url": "ticket_expired"}


async def test_an_object_store_that_is_away_is_swept_when_it_is_back(clinic: Any) -> None:
    await clinic.uploaded(await clinic.patient())
    clinic.later(hours=2)
    clinic.objects.available = False
    await clinic.run_due_timers()
    clinic.objects.available = True
    assert len(clinic.keys()) == 1
    clinic.later(seconds=60)
    await clinic.run_due_timers()
    assert clinic.keys() == []
