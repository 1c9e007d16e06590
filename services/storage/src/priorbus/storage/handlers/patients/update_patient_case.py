"""`storage.update_patient_case` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import UpdatePatientCase
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import CASE, judge_changes
from priorbus.storage.domain.patients.records import changed
from priorbus.storage.handlers.patients.saving import save_case
from priorbus.storage.handlers.patients.shared import NOT_FOUND
from priorbus.storage.patient_aggregates import PATIENT_CASES


async def update_patient_case(message: UpdatePatientCase, context: Context) -> Result | Refusal:
    case = await context.work.get(PATIENT_CASES, context.tenant, str(message.patient_case_id))
    if case is None or case.archived_at is not None:
        return NOT_FOUND
    findings = Findings(message.issues)
    members = judge_changes(CASE, message.members, findings)
    return findings.refusal() or save_case(case, changed(case, members, context.now), context)
