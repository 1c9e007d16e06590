"""`storage.create_patient_case` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import CreatePatientCase
from priorbus.contracts.facts.patients import PatientCaseCreated
from priorbus.contracts.patients import PatientCase
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import CASE, judge_new
from priorbus.storage.handlers.patients.shared import free_id, judge_patient
from priorbus.storage.patient_aggregates import PATIENT_CASES


async def create_patient_case(message: CreatePatientCase, context: Context) -> Result | Refusal:
    findings = Findings(message.issues)
    await judge_patient(message.patient_id, context, findings)
    members = judge_new(CASE, message.members, findings)
    refusal = findings.refusal()
    if refusal is not None:
        return refusal
    id_ = await free_id(context, PATIENT_CASES, message.patient_case_id)
    record = {"id": id_, "tenant": context.tenant, "version": 1, "created_at": context.now, "updated_at": context.now}
    case = PatientCase.model_validate({**members, **record, "patient_id": message.patient_id})
    context.work.put(PATIENT_CASES, context.tenant, case)
    context.work.publish(PatientCaseCreated(patient_case=case))
    return {"patient_case": case}
