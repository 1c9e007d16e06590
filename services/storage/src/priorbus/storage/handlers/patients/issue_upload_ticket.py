"""`storage.issue_upload_ticket`: where and how to upload one document (patient-attachments.md 4)."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.patients import CloseUploadTicket, IssueUploadTicket
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.patients import PresignedPost
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.domain.patients.keys import upload_prefix
from priorbus.storage.domain.patients.tickets import UploadTicket, expiry
from priorbus.storage.handlers.patients.shared import NOT_FOUND, live_patient
from priorbus.storage.handlers.patients.timers import close_timer
from priorbus.storage.patient_aggregates import UPLOAD_TICKETS
from priorbus.storage.settings import Settings

_TICKET_BYTES = 16


@dataclass(frozen=True)
class IssueUploadTicketHandler:
    """Needs the object store only to see that it is there: a form that nobody could post is not given out."""

    objects: ObjectStore
    settings: Settings

    async def observe(self, _message: IssueUploadTicket, _envelope: Envelope, _reader: Reader) -> str | None:
        """An id for the ticket, None while nobody can upload."""
        try:
            await self.objects.check()
        except StorageUnavailable:
            return None
        return secrets.token_hex(_TICKET_BYTES)

    async def handle(self, message: IssueUploadTicket, context: Context) -> Result | Refusal:
        if await live_patient(context, message.patient_id) is None:
            return NOT_FOUND
        if context.observed is None:
            return Refusal(code="storage_unavailable")
        ticket = UploadTicket(
            id=context.observed,
            tenant=context.tenant,
            patient_id=message.patient_id,
            expires_at=expiry(context.now, self.settings.ticket_ttl_seconds),
        )
        context.work.put(UPLOAD_TICKETS, context.tenant, ticket)
        grace = timedelta(seconds=self.settings.ticket_grace_seconds)
        context.work.schedule(close_timer(ticket.id), ticket.expires_at + grace, CloseUploadTicket(ticket=ticket.id))
        return {"presigned_post": await self._form(ticket, context)}

    async def _form(self, ticket: UploadTicket, context: Context) -> PresignedPost:
        form = await self.objects.presign_post(
            upload_prefix(context.tenant, ticket.patient_id, ticket.id),
            max_bytes=self.settings.patient_attachment_max_bytes,
            now=context.now,
            expires=ticket.expires_at,
        )
        return PresignedPost(url=form.url, fields=dict(form.fields))
