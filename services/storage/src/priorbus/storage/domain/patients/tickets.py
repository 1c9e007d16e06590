"""Upload tickets: what ties an upload to tenant and patient, once, for a while (patient-attachments.md 4.1, 5)."""

from datetime import datetime, timedelta
from typing import Literal

from priorbus.contracts.model import Model

TicketFault = Literal["ticket_unknown", "ticket_expired", "ticket_used"]


class UploadTicket(Model):
    """`attachment_id` is set once the ticket is used up, `closed_at` once its time and grace time are over."""

    id: str
    tenant: str
    patient_id: int
    expires_at: datetime
    attachment_id: int | None = None
    closed_at: datetime | None = None


def expiry(now: datetime, seconds: int) -> datetime:
    """The end of a ticket issued now, at a whole second as policies have it."""
    end = now + timedelta(seconds=seconds, microseconds=999_999)
    return end.replace(microsecond=0)


def ticket_fault(ticket: UploadTicket | None, patient_id: int, now: datetime) -> TicketFault | None:
    """Why the ticket is not good for this patient, None when it is."""
    if ticket is None or ticket.patient_id != patient_id:
        return "ticket_unknown"
    if ticket.closed_at is not None or ticket.expires_at <= now:
        return "ticket_expired"
    return "ticket_used" if ticket.attachment_id is not None else None
