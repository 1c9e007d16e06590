"""`storage.process_patient_attachment`: take the upload over, or say why not (patient-attachments.md 6)."""

from dataclasses import dataclass

from priorbus.contracts.commands.patients import DiscardPatientUpload, ProcessPatientAttachment
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.patients import PatientAttachmentProcessed, PatientAttachmentProcessingFailed
from priorbus.contracts.patients import PatientAttachment
from priorbus.runtime.handling import Context
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.domain.patients.attachments import event, failed, processed
from priorbus.storage.domain.patients.content import Content, ContentFault
from priorbus.storage.domain.patients.keys import upload_key
from priorbus.storage.handlers.patients.timers import discard, process
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS, UPLOAD_TICKETS
from priorbus.storage.patient_uploads import settle
from priorbus.storage.ports import Scanner, ScanUnavailable
from priorbus.storage.settings import Settings


@dataclass(frozen=True)
class ProcessPatientAttachmentHandler:
    """Looks at the bytes outside the transaction. An object store or scanner that is away is asked again later, as often as it takes."""

    objects: ObjectStore
    settings: Settings
    scanner: Scanner | None

    async def observe(self, message: ProcessPatientAttachment, envelope: Envelope, reader: Reader) -> Content | ContentFault | None:
        """None when there is nothing to do, or nothing can be said yet."""
        attachment = await reader.get(PATIENT_ATTACHMENTS, envelope.tenant, str(message.patient_attachment_id))
        if attachment is None or attachment.status != "received":
            return None
        try:
            return await settle(self.objects, attachment, self.settings.patient_attachment_max_bytes, self.scanner)
        except (StorageUnavailable, ScanUnavailable):
            return None

    async def handle(self, message: ProcessPatientAttachment, context: Context) -> None:
        attachment = await context.work.get(PATIENT_ATTACHMENTS, context.tenant, str(message.patient_attachment_id))
        if attachment is None:
            return
        if attachment.status == "received":
            concluded = _concluded(attachment, context)
            if concluded is None:
                process(context, attachment.id, message.attempt + 1)
                return
            attachment = concluded
        # This attempt, or the one that died before it, may have moved bytes after the attachment had failed.
        await _clear_up(attachment, context)


def _concluded(attachment: PatientAttachment, context: Context) -> PatientAttachment | None:
    """The attachment with the outcome saved and told, None without an outcome."""
    outcome: Content | ContentFault | None = context.observed
    match outcome:
        case None:
            return None
        case Content():
            done = processed(attachment, outcome, context.now)
            told = event(done, "processed", context.now)
            context.work.publish(PatientAttachmentProcessed(patient_attachment=done, events=(told,)))
        case _:
            done = failed(attachment, outcome, context.now)
            told = event(done, "processing_failed", context.now)
            context.work.publish(PatientAttachmentProcessingFailed(patient_attachment=done, events=(told,)))
    context.work.put(PATIENT_ATTACHMENTS, context.tenant, done)
    return done


async def _clear_up(attachment: PatientAttachment, context: Context) -> None:
    """A failed upload goes at once, further uploads of a ticket that was closed while this one waited go now."""
    key = upload_key(attachment.upload_key)
    if key is None:
        return
    ticket = await context.work.get(UPLOAD_TICKETS, context.tenant, key.ticket)
    if attachment.status == "failed" or ticket is None or ticket.closed_at is not None:
        leftover = DiscardPatientUpload(patient_id=attachment.patient_id, ticket=key.ticket, patient_attachment_id=attachment.id)
        discard(context, leftover)
