"""`storage.archive_patient_case` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import ArchivePatientCase
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.records import archived
from priorbus.storage.handlers.patients.saving import save_case
from priorbus.storage.handlers.patients.shared import NOT_FOUND
from priorbus.storage.patient_aggregates import PATIENT_CASES


async def archive_patient_case(message: ArchivePatientCase, context: Context) -> Result | Refusal:
    case = await context.work.get(PATIENT_CASES, context.tenant, str(message.patient_case_id))
    return NOT_FOUND if case is None else save_case(case, archived(case, context.now), context)
