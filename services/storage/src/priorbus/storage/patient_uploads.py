"""Takes an uploaded document to its final key and looks at it there (patient-attachments.md 6.1).

The final key is written once (conditional copy) and the temporary object goes only after that, so whatever is uploaded under the ticket
meanwhile, however many workers run, and wherever one of them dies, the bytes that were looked at are the bytes that stay. Nothing reads a
final key before its attachment is processed.
"""

from priorbus.contracts.patients import PatientAttachment
from priorbus.runtime.objects import ObjectChanged, ObjectInfo, ObjectMissing, ObjectStore, StorageUnavailable
from priorbus.storage.domain.patients.content import Content, ContentFault, ContentReading, size_fault
from priorbus.storage.ports import Scanner

_ROUNDS = 3
"""Each further round means that another worker or upload came between two steps."""


async def settle(objects: ObjectStore, attachment: PatientAttachment, max_bytes: int, scanner: Scanner | None) -> Content | ContentFault:
    """What the bytes are, or why they are refused for good. Safe to repeat. Raises StorageUnavailable, ScanUnavailable."""
    for _ in range(_ROUNDS):
        try:
            fault = await _move(objects, attachment, max_bytes)
            return fault or await _inspected(objects, attachment.storage_key, scanner)
        except (ObjectMissing, ObjectChanged):
            continue
    raise StorageUnavailable("settle: no round was left alone")


async def _move(objects: ObjectStore, attachment: PatientAttachment, max_bytes: int) -> ContentFault | None:
    """Make the final object, unless it is there. Raises ObjectMissing, ObjectChanged where somebody came between two steps."""
    upload = await objects.head(attachment.upload_key)
    # In this order: an upload goes only once the final object is there.
    if await objects.head(attachment.storage_key) is None:
        if upload is None:
            return "object_missing"
        fault = size_fault(upload.size, max_bytes)
        if fault is not None:
            return fault
        await objects.copy(attachment.upload_key, attachment.storage_key, source_etag=upload.etag, only_if_absent=True)
    await objects.delete(attachment.upload_key)
    return None


async def _inspected(objects: ObjectStore, key: str, scanner: Scanner | None) -> Content | ContentFault:
    known = await _there(objects, key)
    reading = ContentReading()
    async with objects.get(key) as chunks:
        async for chunk in chunks:
            reading.feed(chunk)
    if scanner is not None:
        async with objects.get(key) as chunks:
            if not await scanner.clean(chunks):
                return "infected"
    return reading.content(known.content_type)


async def _there(objects: ObjectStore, key: str) -> ObjectInfo:
    known = await objects.head(key)
    if known is None:
        raise ObjectMissing("content")
    return known


async def remove_all(objects: ObjectStore, prefix: str) -> None:
    """Remove everything below a ticket's prefix. Safe to repeat. Raises StorageUnavailable."""
    keys = [found.key async for found in objects.list(prefix)]
    for key in keys:
        await objects.delete(key)
