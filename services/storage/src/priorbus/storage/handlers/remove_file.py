"""`storage.remove_file`: retention has ended, the file goes (authorizations.md 8.3)."""

from priorbus.contracts.commands.storage import RemoveFile
from priorbus.contracts.facts.storage import FileRemoved
from priorbus.runtime.handling import Context
from priorbus.storage.aggregates import FILES
from priorbus.storage.domain.files import removed
from priorbus.storage.failures import discard_soon
from priorbus.storage.timers import retirement_timer


async def remove_file(message: RemoveFile, context: Context) -> None:
    """First the record, then the bytes: a file that can be read has its bytes."""
    file = await context.work.get(FILES, context.tenant, message.file_id)
    if file is not None and file.status == "ready":
        gone = removed(file)
        context.work.put(FILES, context.tenant, gone)
        context.work.publish(FileRemoved(file=gone, events=()))
        context.work.unschedule(retirement_timer(file.id))
    if file is None or file.status == "ready":
        discard_soon(context, message.file_id)
