"""`storage.update_patient`, `storage.archive_patient` and `storage.unarchive_patient` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import ArchivePatient, UnarchivePatient, UpdatePatient
from priorbus.contracts.facts.patients import PatientChanged
from priorbus.contracts.patients import Patient
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import PATIENT, judge_changes
from priorbus.storage.domain.patients.records import archived, changed
from priorbus.storage.handlers.patients.shared import NOT_FOUND, live_patient
from priorbus.storage.patient_aggregates import PATIENTS


async def update_patient(message: UpdatePatient, context: Context) -> Result | Refusal:
    patient = await live_patient(context, message.patient_id)
    if patient is None:
        return NOT_FOUND
    findings = Findings(message.issues)
    members = judge_changes(PATIENT, message.members, findings)
    return findings.refusal() or _saved(patient, changed(patient, members, context.now), context)


async def archive_patient(message: ArchivePatient, context: Context) -> Result | Refusal:
    patient = await context.work.get(PATIENTS, context.tenant, str(message.patient_id))
    return NOT_FOUND if patient is None else _saved(patient, archived(patient, context.now), context)


async def unarchive_patient(message: UnarchivePatient, context: Context) -> Result | Refusal:
    patient = await context.work.get(PATIENTS, context.tenant, str(message.patient_id))
    return NOT_FOUND if patient is None else _saved(patient, changed(patient, {"archived_at": None}, context.now), context)


def _saved(before: Patient, after: Patient, context: Context) -> Result:
    if after is not before:
        context.work.put(PATIENTS, context.tenant, after)
        context.work.publish(PatientChanged(patient=after))
    return {"patient": after}
