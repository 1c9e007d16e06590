"""`storage.expire_upload`: nobody completed the upload in time (authorizations.md 8.3)."""

from priorbus.contracts.commands.storage import ExpireUpload
from priorbus.runtime.handling import Context
from priorbus.storage.aggregates import FILES
from priorbus.storage.domain.files import UPLOAD_EXPIRED, awaits_upload
from priorbus.storage.failures import record_failure


async def expire_upload(message: ExpireUpload, context: Context) -> None:
    """Fail a file that still waits; any other is left alone."""
    file = await context.work.get(FILES, context.tenant, message.file_id)
    if file is not None and awaits_upload(file):
        record_failure(context, file, UPLOAD_EXPIRED, actor="system")
