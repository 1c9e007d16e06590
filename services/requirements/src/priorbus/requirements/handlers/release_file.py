"""`requirements.release_file`: retention of a file has ended, if nothing holds it (authorizations.md 8.3)."""

from priorbus.contracts.commands.requirements import ReleaseFile
from priorbus.contracts.commands.storage import RemoveFile
from priorbus.requirements.aggregates import FILE_USES
from priorbus.requirements.domain.file_use import released
from priorbus.runtime.handling import Context


async def release_file(command: ReleaseFile, context: Context) -> None:
    """Commits against every attach and removal of the same file, because all of them write its FileUse."""
    use = await context.work.get(FILE_USES, context.tenant, command.file_id)
    let_go = released(use, command.file_id, command.unused_since, context.now)
    if let_go is not None:
        context.work.put(FILE_USES, context.tenant, let_go)
        context.work.publish(RemoveFile(file_id=command.file_id))
