"""`storage.close_upload_ticket`: nobody can use the ticket any more, and what else was uploaded with it goes (patient-attachments.md 6)."""

from priorbus.contracts.commands.patients import CloseUploadTicket, DiscardPatientUpload
from priorbus.runtime.handling import Context
from priorbus.storage.handlers.patients.timers import discard
from priorbus.storage.patient_aggregates import UPLOAD_TICKETS


async def close_upload_ticket(message: CloseUploadTicket, context: Context) -> None:
    """In this transaction the ticket is closed, so a creation that comes at the same moment either has used it or is refused."""
    ticket = await context.work.get(UPLOAD_TICKETS, context.tenant, message.ticket)
    if ticket is None or ticket.closed_at is not None:
        return
    context.work.put(UPLOAD_TICKETS, context.tenant, ticket.model_copy(update={"closed_at": context.now}))
    leftover = DiscardPatientUpload(patient_id=ticket.patient_id, ticket=ticket.id, patient_attachment_id=ticket.attachment_id)
    discard(context, leftover)
