"""Timer: remove content that no resource has come to refer to (fhir-pas.md 17)."""

from dataclasses import dataclass

from priorbus.contracts.commands.storage import DiscardDocument
from priorbus.contracts.envelope import Envelope
from priorbus.runtime.handling import Context, Result, TransientError
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.aggregates import DOCUMENTS


@dataclass(frozen=True)
class DiscardDocumentHandler:
    """Removes the object first, so that no record is lost of an object that is still there."""

    objects: ObjectStore

    async def observe(self, message: DiscardDocument, envelope: Envelope, reader: Reader) -> None:
        known = await reader.get(DOCUMENTS, envelope.tenant, message.document_id)
        if known is None or known.kept:
            return
        try:
            await self.objects.delete(known.storage_key)
        except StorageUnavailable as error:
            raise TransientError("the object store is away") from error

    async def handle(self, message: DiscardDocument, context: Context) -> Result:
        known = await context.work.get(DOCUMENTS, context.tenant, message.document_id)
        if known is not None and not known.kept:
            context.work.delete(DOCUMENTS, context.tenant, message.document_id)
        return None
