"""Request bodies in the object store that several messages look into at the same time (fhir-pas.md 17)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from priorbus.runtime.objects import ObjectStore
from priorbus.storage.domain.inline_content import parsed


@dataclass
class _Use:
    loading: asyncio.Task[Any]
    readers: int = 0


class SharedBodies:
    """Reads and parses a body once for all who want it at that time, because ten contents of a body of 50 MiB come side by side."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._uses: dict[str, _Use] = {}

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[Any]:
        """The JSON under this key. Raises ObjectMissing, StorageUnavailable, NotThere."""
        use = self._uses.get(key)
        if use is None:
            use = self._uses[key] = _Use(asyncio.create_task(self._load(key)))
        use.readers += 1
        try:
            # one reader that is cancelled does not take the others along
            yield await asyncio.shield(use.loading)
        finally:
            use.readers -= 1
            if not use.readers:
                del self._uses[key]
                use.loading.cancel()

    async def _load(self, key: str) -> Any:
        async with self._objects.get(key) as chunks:
            return parsed(b"".join([chunk async for chunk in chunks]))
