"""`storage.archive_patient` (patient-attachments.md 12)."""

from priorbus.contracts.commands.patients import ArchivePatient
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.records import archived
from priorbus.storage.handlers.patients.saving import save_patient
from priorbus.storage.handlers.patients.shared import NOT_FOUND
from priorbus.storage.patient_aggregates import PATIENTS


async def archive_patient(message: ArchivePatient, context: Context) -> Result | Refusal:
    patient = await context.work.get(PATIENTS, context.tenant, str(message.patient_id))
    return NOT_FOUND if patient is None else save_patient(patient, archived(patient, context.now), context)
