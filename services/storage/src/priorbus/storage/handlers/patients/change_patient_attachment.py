"""`storage.update_patient_attachment` and `storage.archive_patient_attachment` (patient-attachments.md 7)."""

from typing import Literal

from priorbus.contracts.commands.patients import ArchivePatientAttachment, UpdatePatientAttachment
from priorbus.contracts.facts.patients import PatientAttachmentArchived, PatientAttachmentFact, PatientAttachmentUpdated
from priorbus.contracts.patients import PatientAttachment
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.attachments import event, updated
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import ATTACHMENT, judge_changes
from priorbus.storage.domain.patients.records import archived
from priorbus.storage.handlers.patients.shared import NOT_FOUND
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS

_FACTS: dict[Literal["updated", "archived"], type[PatientAttachmentFact]] = {
    "updated": PatientAttachmentUpdated,
    "archived": PatientAttachmentArchived,
}


async def update_patient_attachment(message: UpdatePatientAttachment, context: Context) -> Result | Refusal:
    attachment = await context.work.get(PATIENT_ATTACHMENTS, context.tenant, str(message.patient_attachment_id))
    if attachment is None or attachment.archived_at is not None:
        return NOT_FOUND
    findings = Findings(message.issues)
    members = judge_changes(ATTACHMENT, message.members, findings)
    return findings.refusal() or _saved(attachment, updated(attachment, members, context.now), "updated", context)


async def archive_patient_attachment(message: ArchivePatientAttachment, context: Context) -> Result | Refusal:
    """Processing goes on (6.4)."""
    attachment = await context.work.get(PATIENT_ATTACHMENTS, context.tenant, str(message.patient_attachment_id))
    return NOT_FOUND if attachment is None else _saved(attachment, archived(attachment, context.now), "archived", context)


def _saved(before: PatientAttachment, after: PatientAttachment, short: Literal["updated", "archived"], context: Context) -> Result:
    if after is not before:
        context.work.put(PATIENT_ATTACHMENTS, context.tenant, after)
        context.work.publish(_FACTS[short](patient_attachment=after, events=(event(after, short, context.now),)))
    return {"patient_attachment": after}
