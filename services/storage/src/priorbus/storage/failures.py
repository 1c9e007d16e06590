"""The failure that every handler records the same way."""

from typing import Literal

from priorbus.contracts.commands.storage import DiscardUpload
from priorbus.contracts.facts.storage import FileFailed
from priorbus.contracts.files import File
from priorbus.runtime.handling import Context
from priorbus.storage.aggregates import FILES
from priorbus.storage.domain.files import event, failed
from priorbus.storage.timers import expiry_timer, upload_discard_timer


def record_failure(context: Context, file: File, code: str, *, actor: Literal["customer", "system"]) -> File:
    """Fail the file, tell it, and have its bytes removed once this is committed."""
    changed = failed(file, code)
    context.work.put(FILES, context.tenant, changed)
    context.work.publish(FileFailed(file=changed, events=(event(changed, "failed", context.now, actor=actor),)))
    context.work.unschedule(expiry_timer(file.id))
    discard_soon(context, file.id)
    return changed


def discard_soon(context: Context, file_id: str) -> None:
    """Remove what the file left in the object store, as soon as this work is committed."""
    context.work.schedule(upload_discard_timer(file_id), context.now, DiscardUpload(file_id=file_id))
