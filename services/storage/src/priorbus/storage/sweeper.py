"""Removes uploads that no file waits for (authorizations.md 8.3.2): put again after a completion, or left by an interrupted one."""

import asyncio

import structlog

from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.aggregates import FILES
from priorbus.storage.domain.files import awaits_upload
from priorbus.storage.domain.keys import QUARANTINE, quarantined_file

log = structlog.get_logger()


async def sweep(objects: ObjectStore, files: Reader) -> int:
    """Remove them once; how many. Touches nothing outside quarantine."""
    removed = 0
    async for upload in objects.list(QUARANTINE):
        if not await _awaited(upload.key, files):
            await objects.delete(upload.key)
            removed += 1
    return removed


async def _awaited(key: str, files: Reader) -> bool:
    owner = quarantined_file(key)
    file = await files.get(FILES, *owner) if owner else None
    return file is not None and awaits_upload(file) and file.storage_key == key


async def keep_sweeping(objects: ObjectStore, files: Reader, seconds: float) -> None:
    """Sweep for ever; a store that is away is met again next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            removed = await sweep(objects, files)
        except (StorageUnavailable, StoreUnavailable) as error:
            log.warning("sweep postponed", error=error)
        else:
            log.info("swept", count=removed)
