"""What services need of an object store. The S3 adapter and the in-memory double pass one contract test."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class StorageUnavailable(Exception):
    """The object store can not be reached or can not serve now. The text holds operation and code, never a key or URL."""


class ObjectMissing(Exception):
    """There is no object under this key."""


class ObjectChanged(Exception):
    """A condition did not hold: another object under the key than expected, or one where there should be none."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What the store knows of an object; `etag` without quotes, `modified` in UTC. Only `head` tells the `content_type`."""

    key: str
    size: int
    etag: str
    modified: datetime
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request that a client may send without credentials of its own: exactly this method and these headers. The URL is a secret."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A form that a client may post to `url` as multipart/form-data: every field unchanged, the part `file` last. All of it is a secret."""

    url: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)


class ObjectStore(Protocol):
    """One bucket. Every call may raise StorageUnavailable; retries and time limits are inside."""

    async def check(self) -> None:
        """Return when the bucket answers; takes at most a few seconds."""

    async def ensure_bucket(self) -> None:
        """Create the bucket unless it exists."""

    async def presign_put(self, key: str, *, content_type: str, size: int | None, ttl_seconds: int) -> SignedRequest:
        """An upload that works once: signed type, `If-None-Match: *`, and length when `size` is given. No contact with the store."""

    async def presign_get(self, key: str, *, file_name: str, content_type: str, ttl_seconds: int) -> SignedRequest:
        """A download that browsers save under `file_name`. No contact with the store."""

    async def presign_post(self, prefix: str, *, max_bytes: int, now: datetime, expires: datetime) -> SignedForm:
        """A form upload of 1 to `max_bytes` bytes to `<prefix><base name of the file>`, until a whole second. No contact with the store."""

    async def head(self, key: str) -> ObjectInfo | None:
        """What is under the key, None when nothing is."""

    def get(self, key: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of one state of the object in chunks of at most 64 KiB. Raises ObjectMissing on entry."""

    async def put(self, key: str, body: bytes, *, content_type: str, only_if_absent: bool = False) -> None:
        """Write an object. Raises ObjectChanged when it had to be absent and is not."""

    async def copy(self, source: str, target: str, *, source_etag: str | None = None, only_if_absent: bool = False) -> None:
        """Copy inside the store, atomically. Raises ObjectMissing, or ObjectChanged when a condition on source or target fails."""

    async def delete(self, key: str) -> None:
        """Remove the object; a missing one is fine."""

    def list(self, prefix: str, *, after: str = "") -> AsyncIterator[ObjectInfo]:
        """Every object whose key starts with the prefix and comes behind `after`, in key order."""
