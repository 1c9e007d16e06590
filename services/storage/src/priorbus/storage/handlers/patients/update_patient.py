"""`storage.update_patient` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import UpdatePatient
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import PATIENT, judge_changes
from priorbus.storage.domain.patients.records import changed
from priorbus.storage.handlers.patients.saving import save_patient
from priorbus.storage.handlers.patients.shared import NOT_FOUND, live_patient


async def update_patient(message: UpdatePatient, context: Context) -> Result | Refusal:
    patient = await live_patient(context, message.patient_id)
    if patient is None:
        return NOT_FOUND
    findings = Findings(message.issues)
    members = judge_changes(PATIENT, message.members, findings)
    return findings.refusal() or save_patient(patient, changed(patient, members, context.now), context)
