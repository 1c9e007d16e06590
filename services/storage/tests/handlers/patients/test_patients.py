from typing import Any

from priorbus.contracts.commands.patients import ArchivePatient, CreatePatient, UnarchivePatient, UpdatePatient
from priorbus.contracts.facts.patients import PatientChanged, PatientCreated
from priorbus.contracts.replies import Issue, Refusal

NAMES = {"first_name": "Ada", "last_name": "Probe"}
ABOVE_DOUBLES = 9007199254740993


async def test_a_patient_is_created(clinic: Any) -> None:
    members = {**NAMES, "date_of_birth": "1980-02-29", "external_ref": "x-1", "unknown": "ignored"}
    result = await clinic.succeed(CreatePatient(patient_id=ABOVE_DOUBLES, members=members))
    now = clinic.clock().isoformat().replace("+00:00", "Z")
    assert result["patient"] == {
        "id": ABOVE_DOUBLES,
        "tenant": "t_acme",
        "version": 1,
        **NAMES,
        "date_of_birth": "1980-02-29",
        "external_ref": "x-1",
        "created_at": now,
        "updated_at": now,
        "archived_at": None,
    }
    (fact,) = clinic.store.published()
    assert isinstance(fact, PatientCreated)
    assert fact.patient.id == ABOVE_DOUBLES


async def test_findings_of_gateway_and_owner_are_in_one_refusal(clinic: Any) -> None:
    typed = Issue(code="invalid", message="is invalid", field="first_name")
    reply = await clinic.send(CreatePatient(patient_id=1, members={"last_name": "x" * 101}, issues=(typed,)))
    assert clinic.codes(reply) == {"first_name": "invalid", "last_name": "too_long"}
    assert clinic.store.published() == []


async def test_an_id_that_is_taken_gives_way_to_the_next_one(clinic: Any) -> None:
    ids = [(await clinic.succeed(CreatePatient(patient_id=5, members=NAMES)))["patient"]["id"] for _ in range(3)]
    assert ids == [5, 6, 7]
    other = await clinic.succeed(CreatePatient(patient_id=5, members=NAMES), tenant="t_borealis")
    assert other["patient"]["id"] == 5


async def test_a_redelivered_creation_makes_no_second_patient(clinic: Any) -> None:
    envelope = clinic.envelope(CreatePatient(patient_id=5, members=NAMES))
    assert await clinic.run(envelope) == await clinic.run(envelope)
    assert len(clinic.store.published()) == 1


async def test_changes(clinic: Any) -> None:
    patient = await clinic.patient()
    clinic.later(seconds=5)
    same = await clinic.succeed(UpdatePatient(patient_id=patient, members={"first_name": "Ada"}))
    assert same["patient"]["version"] == 1
    changed = (await clinic.succeed(UpdatePatient(patient_id=patient, members={"first_name": "Eve", "external_ref": None})))["patient"]
    assert (changed["first_name"], changed["version"], changed["external_ref"]) == ("Eve", 2, None)
    assert changed["updated_at"] > changed["created_at"]
    assert [type(fact) for fact in clinic.store.published()] == [PatientCreated, PatientChanged]
    assert clinic.codes(await clinic.send(UpdatePatient(patient_id=patient, members={"last_name": ""}))) == {"last_name": "blank"}


async def test_archive_and_unarchive(clinic: Any) -> None:
    patient = await clinic.patient()
    archived = await clinic.succeed(ArchivePatient(patient_id=patient))
    clinic.later(seconds=5)
    assert await clinic.succeed(ArchivePatient(patient_id=patient)) == archived
    assert archived["patient"]["archived_at"] is not None
    assert (await clinic.send(UpdatePatient(patient_id=patient, members=NAMES))).refusal == Refusal(code="not_found")
    live = await clinic.succeed(UnarchivePatient(patient_id=patient))
    assert (live["patient"]["archived_at"], live["patient"]["version"]) == (None, 3)
    assert await clinic.succeed(UnarchivePatient(patient_id=patient)) == live
    assert len(clinic.store.published()) == 3


async def test_patients_of_others_are_unknown(clinic: Any) -> None:
    patient = await clinic.patient()
    for message in (UpdatePatient(patient_id=patient), ArchivePatient(patient_id=patient), UnarchivePatient(patient_id=patient)):
        assert (await clinic.send(message, tenant="t_borealis")).refusal == Refusal(code="not_found")
