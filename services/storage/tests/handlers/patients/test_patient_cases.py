from typing import Any

from priorbus.contracts.commands.patients import ArchivePatient, ArchivePatientCase, CreatePatientCase, UpdatePatientCase
from priorbus.contracts.facts.patients import PatientCaseChanged, PatientCaseCreated, PatientCaseFact
from priorbus.contracts.replies import Issue, Refusal


def told(clinic: Any) -> list[type]:
    return [type(fact) for fact in clinic.store.published() if isinstance(fact, PatientCaseFact)]


async def test_a_case_of_a_patient(clinic: Any) -> None:
    patient = await clinic.patient()
    members = {"name": "Knee", "notes": "left", "closed": True, "issue_date": "2026-01-02", "expiry_date": "2027-01-02"}
    result = await clinic.succeed(CreatePatientCase(patient_case_id=5, patient_id=patient, members=members))
    case = result["patient_case"]
    assert {name: case[name] for name in members} == members
    assert (case["id"], case["patient_id"], case["version"]) == (5, patient, 1)
    assert told(clinic) == [PatientCaseCreated]


async def test_a_case_needs_a_live_patient_and_a_name(clinic: Any) -> None:
    assert clinic.codes(await clinic.send(CreatePatientCase(patient_case_id=5))) == {"patient_id": "blank", "name": "blank"}
    not_an_id = Issue(code="not_an_id", message="is invalid", field="patient_id")
    assert clinic.codes(await clinic.send(CreatePatientCase(patient_case_id=5, members={"name": "x"}, issues=(not_an_id,)))) == {
        "patient_id": "not_an_id"
    }
    patient = await clinic.patient()
    await clinic.succeed(ArchivePatient(patient_id=patient))
    refused = await clinic.send(CreatePatientCase(patient_case_id=5, patient_id=patient, members={"name": "Knee"}))
    assert clinic.codes(refused) == {"patient_id": "patient_missing"}
    assert refused.refusal is not None
    assert refused.refusal.issues[0].message == "must exist"


async def test_changes_and_archive(clinic: Any) -> None:
    case = await clinic.case(await clinic.patient())
    changed = await clinic.succeed(UpdatePatientCase(patient_case_id=case, members={"closed": True, "notes": "done"}))
    assert (changed["patient_case"]["closed"], changed["patient_case"]["notes"], changed["patient_case"]["version"]) == (True, "done", 2)
    assert await clinic.succeed(UpdatePatientCase(patient_case_id=case, members={"closed": True})) == changed
    archived = await clinic.succeed(ArchivePatientCase(patient_case_id=case))
    assert await clinic.succeed(ArchivePatientCase(patient_case_id=case)) == archived
    assert told(clinic) == [PatientCaseCreated, PatientCaseChanged, PatientCaseChanged]
    not_found = Refusal(code="not_found")
    assert (await clinic.send(UpdatePatientCase(patient_case_id=case, members={"name": "x"}))).refusal == not_found
    assert (await clinic.send(ArchivePatientCase(patient_case_id=case), tenant="t_borealis")).refusal == not_found
