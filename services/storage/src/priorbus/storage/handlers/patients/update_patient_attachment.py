"""`storage.update_patient_attachment`: description and pin (patient-attachments.md 7.3)."""

from priorbus.contracts.commands.patients import UpdatePatientAttachment
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.attachments import updated
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import ATTACHMENT, judge_changes
from priorbus.storage.handlers.patients.saving import save_attachment
from priorbus.storage.handlers.patients.shared import NOT_FOUND
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS


async def update_patient_attachment(message: UpdatePatientAttachment, context: Context) -> Result | Refusal:
    attachment = await context.work.get(PATIENT_ATTACHMENTS, context.tenant, str(message.patient_attachment_id))
    if attachment is None or attachment.archived_at is not None:
        return NOT_FOUND
    findings = Findings(message.issues)
    members = judge_changes(ATTACHMENT, message.members, findings)
    return findings.refusal() or save_attachment(attachment, updated(attachment, members, context.now), "updated", context)
