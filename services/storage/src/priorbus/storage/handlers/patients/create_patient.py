"""`storage.create_patient` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import CreatePatient
from priorbus.contracts.facts.patients import PatientCreated
from priorbus.contracts.patients import Patient
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import PATIENT, judge_new
from priorbus.storage.handlers.patients.shared import free_id
from priorbus.storage.patient_aggregates import PATIENTS


async def create_patient(message: CreatePatient, context: Context) -> Result | Refusal:
    findings = Findings(message.issues)
    members = judge_new(PATIENT, message.members, findings)
    refusal = findings.refusal()
    if refusal is not None:
        return refusal
    id_ = await free_id(context, PATIENTS, message.patient_id)
    record = {"id": id_, "tenant": context.tenant, "version": 1, "created_at": context.now, "updated_at": context.now}
    patient = Patient.model_validate({**members, **record})
    context.work.put(PATIENTS, context.tenant, patient)
    context.work.publish(PatientCreated(patient=patient))
    return {"patient": patient}
