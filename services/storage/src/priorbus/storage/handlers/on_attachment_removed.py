"""A file is attached in one place less: its time without any attachment may begin (authorizations.md 8.3, 9.7)."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.storage import RetireFile
from priorbus.contracts.facts.requirements import AttachmentRemoved
from priorbus.runtime.handling import Context
from priorbus.storage.aggregates import FILES
from priorbus.storage.timers import retirement_timer


@dataclass(frozen=True)
class OnAttachmentRemoved:
    """Whether the file is attached elsewhere is asked when the time is over."""

    retention: timedelta

    async def handle(self, fact: AttachmentRemoved, context: Context) -> None:
        for file_id in sorted({str(event.data["fileId"]) for event in fact.events if event.data and "fileId" in event.data}):
            file = await context.work.get(FILES, context.tenant, file_id)
            if file is not None and file.status == "ready":
                due = context.envelope.time + self.retention
                context.work.schedule(retirement_timer(file_id), due, RetireFile(file_id=file_id))
