"""Removes objects that nothing waits for and nothing names (authorizations.md 8.3.2, fhir-pas.md 17)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from priorbus.contracts.commands.storage import RetireFile, SaveSweepPosition
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo.documents import slot_of
from priorbus.runtime.mongo.transactional import TransactionalStore
from priorbus.runtime.objects import ObjectInfo, ObjectStore
from priorbus.runtime.sweeping import first
from priorbus.runtime.work import EVERY_TENANT, Collection, Reader, Ref
from priorbus.storage.aggregates import DOCUMENTS, FILES, SWEEP_POSITIONS
from priorbus.storage.domain import keys
from priorbus.storage.domain.files import awaits_upload
from priorbus.storage.domain.sweeping import UNTOUCHED, Fate, fate_of_document, fate_of_file

PAGE = 1000
"""Objects of an area that one sweep looks at; the next sweep goes on behind them."""


@dataclass(frozen=True)
class Area:
    """Objects with one prefix, where their records are, and what a record, or none, means for an object."""

    prefix: str
    collection: Collection[Any]
    fate: Callable[[Any, str], Fate]


AREAS = (Area(keys.FILES, FILES, fate_of_file), Area(keys.DOCUMENTS, DOCUMENTS, fate_of_document))


@dataclass(frozen=True)
class Sweeper:
    """`commands` runs this service's own commands in this process. Several may run at once."""

    objects: ObjectStore
    store: TransactionalStore
    commands: GroupRunner
    clock: Clock = utc_now

    async def sweep(self) -> int:
        """Every upload and the next page of each area; how many objects were removed. Raises StorageUnavailable, StoreUnavailable."""
        removed = await sweep_uploads(self.objects, self.store)
        for area in AREAS:
            removed += await self.sweep_page(area)
        return removed

    async def sweep_page(self, area: Area) -> int:
        """The page behind the last one; after the last the first."""
        position = await self.store.get(SWEEP_POSITIONS, EVERY_TENANT, area.prefix)
        page = await first(PAGE, self.objects.list(area.prefix, after=position.after if position else ""))
        now = self.clock()
        removed = await self._judge(area, [info.key for info in page if _is_old(info, now)])
        after = page[-1].key if len(page) == PAGE else ""
        if after != (position.after if position else ""):
            await self.commands.execute(SaveSweepPosition(area=area.prefix, after=after), EVERY_TENANT)
        return removed

    async def _judge(self, area: Area, found: Iterable[str]) -> int:
        """Objects whose key has another form are not ours to judge."""
        refs = {key: Ref(area.collection, *owner) for key in found if (owner := keys.owner_of(key)) is not None}
        records = await self.store.load(refs.values())
        removed = 0
        for key, ref in refs.items():
            fate = area.fate(records[slot_of(ref)].aggregate, key)
            if fate == "goes":
                await self.objects.delete(key)
                removed += 1
            elif fate == "asked":
                await self.commands.execute(RetireFile(file_id=ref.key), ref.tenant)
        return removed


def _is_old(info: ObjectInfo, now: datetime) -> bool:
    return now - info.modified >= UNTOUCHED


async def sweep_uploads(objects: ObjectStore, files: Reader) -> int:
    """Remove uploads that no file waits for: put again after a completion, or left by an interrupted one."""
    removed = 0
    async for upload in objects.list(keys.QUARANTINE):
        if not await _awaited(upload.key, files):
            await objects.delete(upload.key)
            removed += 1
    return removed


async def _awaited(key: str, files: Reader) -> bool:
    owner = keys.owner_of(key)
    file = await files.get(FILES, *owner) if owner else None
    return file is not None and awaits_upload(file) and file.storage_key == key
