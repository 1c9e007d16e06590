"""Large request bodies from the object store."""

from priorbus.runtime.handling import TransientError
from priorbus.runtime.objects import ObjectStore, StorageUnavailable


class StoredRequestBodies:
    """Satisfies `RequestBodies`."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    async def read(self, key: str) -> bytes:
        try:
            async with self._objects.get(key) as chunks:
                return b"".join([chunk async for chunk in chunks])
        except StorageUnavailable as error:
            raise TransientError("the object store is away") from error
