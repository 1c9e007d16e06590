"""`storage.discard_upload`: remove the bytes of a file that failed or was removed (authorizations.md 8.3, 8.3.3)."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.storage import DiscardUpload
from priorbus.contracts.envelope import Envelope
from priorbus.runtime.handling import Context
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.aggregates import FILES
from priorbus.storage.timers import upload_discard_timer
from priorbus.storage.uploads import discard

_RETRY_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class DiscardUploadHandler:
    """An object store that is away is asked again later, as often as it takes."""

    objects: ObjectStore

    async def observe(self, message: DiscardUpload, envelope: Envelope, reader: Reader) -> bool:
        """Whether nothing is left to do."""
        file = await reader.get(FILES, envelope.tenant, message.file_id)
        if file is not None and file.status not in ("failed", "removed"):
            return True
        try:
            await discard(self.objects, envelope.tenant, message.file_id, file)
        except StorageUnavailable:
            return False
        return True

    async def handle(self, message: DiscardUpload, context: Context) -> None:
        if not context.observed:
            context.work.schedule(upload_discard_timer(message.file_id), context.now + _RETRY_AFTER, message)
