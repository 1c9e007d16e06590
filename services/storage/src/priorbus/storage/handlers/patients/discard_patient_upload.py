"""`storage.discard_patient_upload`: remove uploads that became no attachment (patient-attachments.md 6)."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.patients import DiscardPatientUpload
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.patients import PatientAttachment
from priorbus.runtime.handling import Context
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.domain.patients.keys import upload_prefix
from priorbus.storage.handlers.patients.timers import discard
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS
from priorbus.storage.patient_uploads import remove_all

_RETRY_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class DiscardPatientUploadHandler:
    """Comes back, as often as it takes, while the object store is away or the processing still needs its upload."""

    objects: ObjectStore

    async def observe(self, message: DiscardPatientUpload, envelope: Envelope, reader: Reader) -> bool:
        """Whether nothing is left to do."""
        attachment = None
        if message.patient_attachment_id is not None:
            attachment = await reader.get(PATIENT_ATTACHMENTS, envelope.tenant, str(message.patient_attachment_id))
        if attachment is not None and attachment.status == "received":
            return False
        try:
            await self._remove(upload_prefix(envelope.tenant, message.patient_id, message.ticket), attachment)
        except StorageUnavailable:
            return False
        return True

    async def _remove(self, prefix: str, attachment: PatientAttachment | None) -> None:
        await remove_all(self.objects, prefix)
        if attachment is not None and attachment.status == "failed":
            await self.objects.delete(attachment.storage_key)

    async def handle(self, message: DiscardPatientUpload, context: Context) -> None:
        if not context.observed:
            discard(context, message, _RETRY_AFTER)
