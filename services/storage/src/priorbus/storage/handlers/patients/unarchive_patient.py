"""`storage.unarchive_patient` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import UnarchivePatient
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.records import changed
from priorbus.storage.handlers.patients.saving import save_patient
from priorbus.storage.handlers.patients.shared import NOT_FOUND
from priorbus.storage.patient_aggregates import PATIENTS


async def unarchive_patient(message: UnarchivePatient, context: Context) -> Result | Refusal:
    patient = await context.work.get(PATIENTS, context.tenant, str(message.patient_id))
    return NOT_FOUND if patient is None else save_patient(patient, changed(patient, {"archived_at": None}, context.now), context)
