"""Timer: remove an object of a document that no record names."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.storage import DiscardObject
from priorbus.contracts.envelope import Envelope
from priorbus.runtime.handling import Context
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.timers import object_discard_timer

_RETRY_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class DiscardObjectHandler:
    """An object store that is away is asked again later, as often as it takes."""

    objects: ObjectStore

    async def observe(self, message: DiscardObject, envelope: Envelope, reader: Reader) -> bool:
        """Whether nothing is left to do."""
        known = await reader.get(DOCUMENTS, envelope.tenant, message.document_id)
        if known is not None and known.storage_key == message.storage_key:
            return True
        try:
            await self.objects.delete(message.storage_key)
        except StorageUnavailable:
            return False
        return True

    async def handle(self, message: DiscardObject, context: Context) -> None:
        if not context.observed:
            context.work.schedule(object_discard_timer(message.storage_key), context.now + _RETRY_AFTER, message)
