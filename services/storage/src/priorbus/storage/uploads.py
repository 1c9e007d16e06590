"""Takes an upload out of quarantine: first to its final key, then checked there.

The final key is written once (conditional copy), so the bytes that are checked are the bytes that stay, whatever is uploaded to the
quarantine key meanwhile, however many completions run, and wherever one of them dies. Nothing reads a final key before its file is ready.
What was uploaded to a refused file is removed only after the refusal is committed (`handlers.discard_upload`).
"""

from collections.abc import Callable
from dataclasses import replace

from priorbus.contracts.files import File
from priorbus.runtime.objects import ObjectChanged, ObjectMissing, ObjectStore
from priorbus.storage.domain.inspection import INFECTED, Accepted, Inspection, Rejected, Verdict, rejected_size
from priorbus.storage.domain.keys import final_key
from priorbus.storage.ports import Scanner

_ROUNDS = 3
"""Each further round means that another completion or upload came between two steps."""


async def settle(
    objects: ObjectStore, file: File, max_bytes: int, scanner: Scanner | None = None, *, arrived: Callable[[], None] = lambda: None
) -> Verdict | None:
    """The verdict on the uploaded bytes, None when there are none; `arrived` is called once they are there.

    Safe to repeat. Raises StorageUnavailable, ScanUnavailable.
    """
    for _ in range(_ROUNDS):
        try:
            rejected = await _move(objects, file, max_bytes)
            if rejected is not None:
                return rejected
            arrived()
            verdict = await _inspect(objects, file, max_bytes)
            return await _scan(objects, file, scanner, verdict) if scanner and isinstance(verdict, Accepted) else verdict
        except (ObjectMissing, ObjectChanged):
            continue
    return None


async def _move(objects: ObjectStore, file: File, max_bytes: int) -> Rejected | None:
    """Make the final object, unless it is there; an empty or oversized upload stays where it is."""
    target = final_key(file.tenant, file.id)
    if await objects.head(target) is None:
        upload = await objects.head(file.storage_key)
        if upload is None:
            raise ObjectMissing("upload")
        rejected = rejected_size(upload.size, max_bytes)
        if rejected is not None:
            return rejected
        await objects.copy(file.storage_key, target, source_etag=upload.etag, only_if_absent=True)
    await objects.delete(file.storage_key)
    return None


async def _inspect(objects: ObjectStore, file: File, max_bytes: int) -> Verdict:
    inspection = Inspection(file.content_type, max_bytes)
    async with objects.get(final_key(file.tenant, file.id)) as chunks:
        async for chunk in chunks:
            inspection.feed(chunk)
    return inspection.verdict()


async def _scan(objects: ObjectStore, file: File, scanner: Scanner, accepted: Accepted) -> Verdict:
    async with objects.get(final_key(file.tenant, file.id)) as chunks:
        clean = await scanner.clean(chunks)
    return replace(accepted, scan="clean") if clean else Rejected(INFECTED)


async def discard(objects: ObjectStore, tenant: str, file_id: str, file: File | None) -> None:
    """Remove everything the upload left, `file` being its record. Safe to repeat. Raises StorageUnavailable."""
    if file is not None:
        await objects.delete(file.storage_key)
    await objects.delete(final_key(tenant, file_id))
