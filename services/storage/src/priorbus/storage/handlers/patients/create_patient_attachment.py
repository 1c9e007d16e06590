"""`storage.create_patient_attachment`: register an uploaded document (patient-attachments.md 5)."""

from dataclasses import dataclass

from priorbus.contracts.commands.patients import CreatePatientAttachment
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.patients import PatientAttachmentCreated
from priorbus.contracts.patients import PatientAttachment
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.objects import ObjectStore
from priorbus.runtime.work import Reader
from priorbus.storage.domain.patients.attachments import event
from priorbus.storage.domain.patients.findings import UPLOAD_URL, Findings
from priorbus.storage.domain.patients.keys import content_key
from priorbus.storage.domain.patients.members import ATTACHMENT, judge_changes
from priorbus.storage.domain.patients.tickets import UploadTicket, ticket_fault
from priorbus.storage.handlers.patients.seeking import Seeking, Sought
from priorbus.storage.handlers.patients.shared import free_id, judge_patient
from priorbus.storage.handlers.patients.timers import process
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS, PATIENT_CASES, UPLOAD_TICKETS
from priorbus.storage.settings import Settings

_UNAVAILABLE = Refusal(code="storage_unavailable")


@dataclass(frozen=True)
class CreatePatientAttachmentHandler:
    """Looks for the uploaded object outside the transaction; using the ticket up and inserting the record is one transaction."""

    objects: ObjectStore
    settings: Settings
    bucket_url: str

    async def observe(self, message: CreatePatientAttachment, envelope: Envelope, _reader: Reader) -> Sought:
        seeking = Seeking(self.objects, self.bucket_url, self.settings.patient_attachment_max_bytes)
        return await seeking.seek(message.upload_url, envelope.tenant, message.patient_id)

    async def handle(self, message: CreatePatientAttachment, context: Context) -> Result | Refusal:
        findings = Findings(message.issues)
        await judge_patient(message.patient_id, context, findings)
        ticket = await _judge_upload(message, context, findings)
        judge_changes(ATTACHMENT, {"description": message.description}, findings)
        await _judge_case(message, context, findings)
        if context.observed.unavailable and not findings.blame(UPLOAD_URL):
            return _UNAVAILABLE
        refusal = findings.refusal()
        return refusal if refusal is not None or ticket is None else await _received(message, ticket, context)


async def _judge_upload(message: CreatePatientAttachment, context: Context, findings: Findings) -> UploadTicket | None:
    """The ticket behind an upload that passed checks 1 to 7."""
    sought: Sought = context.observed
    fault: str | None = "blank" if message.upload_url is None else sought.url_fault
    ticket = None
    if fault is None and message.patient_id is not None:
        ticket = await context.work.get(UPLOAD_TICKETS, context.tenant, sought.ticket)
        fault = ticket_fault(ticket, message.patient_id, context.now) or sought.object_fault
    if fault is not None:
        findings.add(UPLOAD_URL, fault)
    return ticket


async def _judge_case(message: CreatePatientAttachment, context: Context, findings: Findings) -> None:
    """A case has to be one of the patient's, and not archived (5.3)."""
    if message.patient_case_id is None:
        return
    case = await context.work.get(PATIENT_CASES, context.tenant, str(message.patient_case_id))
    if case is None or case.archived_at is not None or case.patient_id != message.patient_id:
        findings.add("patient_case_id", "case_missing")


async def _received(message: CreatePatientAttachment, ticket: UploadTicket, context: Context) -> Result:
    id_ = await free_id(context, PATIENT_ATTACHMENTS, message.patient_attachment_id)
    attachment = PatientAttachment(
        id=id_,
        tenant=context.tenant,
        version=1,
        patient_id=ticket.patient_id,
        patient_case_id=message.patient_case_id,
        user_id=int(context.envelope.user),
        status="received",
        description=message.description,
        upload_key=context.observed.key,
        storage_key=content_key(context.tenant, id_),
        created_at=context.now,
        updated_at=context.now,
    )
    context.work.put(PATIENT_ATTACHMENTS, context.tenant, attachment)
    context.work.put(UPLOAD_TICKETS, context.tenant, ticket.model_copy(update={"attachment_id": id_}))
    context.work.publish(PatientAttachmentCreated(patient_attachment=attachment, events=(event(attachment, "created", context.now),)))
    process(context, id_)
    return {"patient_attachment": attachment}
