"""Finds the object that an `upload_url` means: checks 1 to 5 and 7 (patient-attachments.md 5)."""

from collections.abc import Iterable
from dataclasses import dataclass

from priorbus.runtime.objects import ObjectInfo, ObjectStore, StorageUnavailable
from priorbus.storage.domain.patients.content import size_fault
from priorbus.storage.domain.patients.keys import UploadKey
from priorbus.storage.domain.patients.upload_url import read_upload_url


@dataclass(frozen=True)
class Sought:
    """What came of it. `key` is set once there is an object; `unavailable` tells that the object store could not say."""

    url_fault: str | None = None
    ticket: str = ""
    key: str = ""
    object_fault: str | None = None
    unavailable: bool = False


@dataclass(frozen=True)
class Seeking:
    """Contacts the bucket alone, and there only keys of the caller's own tenant and patient."""

    objects: ObjectStore
    bucket_url: str
    max_bytes: int

    async def seek(self, url: str | None, tenant: str, patient_id: int | None) -> Sought:
        """Without a patient id only the first four checks are made."""
        keys = read_upload_url(url, self.bucket_url) if url is not None else ()
        if isinstance(keys, str):
            return Sought(url_fault=keys)
        if not keys or patient_id is None:
            return Sought()
        own = [key for key in keys if key.belongs_to(tenant, patient_id)]
        if not own:
            return Sought(url_fault="patient_mismatch")
        return await self._look(own[0].ticket, [key for key in own if key.ticket == own[0].ticket and key.is_possible])

    async def _look(self, ticket: str, keys: Iterable[UploadKey]) -> Sought:
        try:
            found = await self._first(keys)
        except StorageUnavailable:
            return Sought(ticket=ticket, unavailable=True)
        if found is None:
            return Sought(ticket=ticket, object_fault="object_missing")
        return Sought(ticket=ticket, key=found.key, object_fault=size_fault(found.size, self.max_bytes))

    async def _first(self, keys: Iterable[UploadKey]) -> ObjectInfo | None:
        for key in keys:
            found = await self.objects.head(key.key)
            if found is not None:
                return found
        return None
