"""`storage.archive_patient_attachment` (patient-attachments.md 7.1)."""

from priorbus.contracts.commands.patients import ArchivePatientAttachment
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.records import archived
from priorbus.storage.handlers.patients.saving import save_attachment
from priorbus.storage.handlers.patients.shared import NOT_FOUND
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS


async def archive_patient_attachment(message: ArchivePatientAttachment, context: Context) -> Result | Refusal:
    """Hide it; processing goes on (6.4)."""
    attachment = await context.work.get(PATIENT_ATTACHMENTS, context.tenant, str(message.patient_attachment_id))
    return NOT_FOUND if attachment is None else save_attachment(attachment, archived(attachment, context.now), "archived", context)
