"""`storage.retire_file`: ask the requirements service to let go of a file that nobody uses (authorizations.md 8.3)."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.requirements import ReleaseFile
from priorbus.contracts.commands.storage import RetireFile
from priorbus.runtime.handling import Context
from priorbus.storage.aggregates import FILES


@dataclass(frozen=True)
class RetireFileHandler:
    """Attachments are the requirements service's, so it decides; `storage.remove_file` is its yes, and it says nothing for a no.

    A file without a record is asked about as well: only its object is left.
    """

    retention: timedelta

    async def handle(self, message: RetireFile, context: Context) -> None:
        file = await context.work.get(FILES, context.tenant, message.file_id)
        if file is None or file.status == "ready":
            context.work.publish(ReleaseFile(file_id=message.file_id, unused_since=context.now - self.retention))
