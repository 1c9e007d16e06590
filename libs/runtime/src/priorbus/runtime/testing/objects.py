"""The object store in memory; passes the contract tests of the real adapter."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from priorbus.runtime.objects.disposition import attachment
from priorbus.runtime.objects.port import ObjectChanged, ObjectInfo, ObjectMissing, SignedForm, SignedRequest, StorageUnavailable
from priorbus.runtime.testing.forms import SIGNER, Posted, judged

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class _Stored:
    body: bytes
    modified: datetime
    content_type: str

    @property
    def etag(self) -> str:
        return hashlib.md5(self.body, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class _Grant:
    """What a presigned URL permits."""

    method: str
    key: str
    headers: Mapping[str, str]
    expires: datetime
    disposition: str = ""


class MemoryObjectStore:
    """One bucket in memory. Set `available` to False to have every call refused as by a stopped store; `now` is its clock."""

    def __init__(self) -> None:
        self.objects: dict[str, _Stored] = {}
        self.available = True
        self.now = datetime.now(UTC)
        self._grants: dict[str, _Grant] = {}
        self._numbers = count(1)

    async def check(self) -> None:
        self._contact("check")

    async def ensure_bucket(self) -> None:
        self._contact("ensure_bucket")

    async def presign_put(self, key: str, *, content_type: str, size: int | None, ttl_seconds: int) -> SignedRequest:
        headers = {"Content-Type": content_type, "If-None-Match": "*"}
        if size is not None:
            headers["Content-Length"] = str(size)
        return self._grant(_Grant("PUT", key, headers, self.now + timedelta(seconds=ttl_seconds)))

    async def presign_get(self, key: str, *, file_name: str, content_type: str, ttl_seconds: int) -> SignedRequest:
        return self._grant(_Grant("GET", key, {}, self.now + timedelta(seconds=ttl_seconds), attachment(file_name)))

    async def presign_post(self, prefix: str, *, max_bytes: int, now: datetime, expires: datetime) -> SignedForm:
        return SIGNER.sign(prefix, max_bytes=max_bytes, now=now, expires=expires)

    def post(self, form: SignedForm, file_name: str, body: bytes, fields: Mapping[str, str] | None = None) -> Posted:
        """What the store answers to a client that posts a form with a file, by default with exactly the form's fields."""
        sent = form.fields if fields is None else fields
        answer = judged(sent, file_name, len(body), self.now)
        if answer.key:
            self._write(answer.key, body, content_type=sent.get("Content-Type", "binary/octet-stream"))
        return answer

    def _grant(self, grant: _Grant) -> SignedRequest:
        url = f"memory://objects/{grant.key}?signature={next(self._numbers)}"
        self._grants[url] = grant
        return SignedRequest(grant.method, url, grant.headers)

    def send(self, request: SignedRequest, body: bytes = b"", headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """What the store answers to a client that sends a presigned request, by default exactly as told: status and body."""
        grant = self._grants.get(request.url)
        sent = dict(headers if headers is not None else request.headers) | {"Content-Length": str(len(body))}
        if grant is None or grant.expires < self.now or any(sent.get(name) != value for name, value in grant.headers.items()):
            return 403, b""
        if grant.method == "GET":
            stored = self.objects.get(grant.key)
            return (200, stored.body) if stored else (404, b"")
        if grant.key in self.objects:
            return 412, b""
        self._write(grant.key, body, content_type=grant.headers["Content-Type"])
        return 200, b""

    async def head(self, key: str) -> ObjectInfo | None:
        self._contact("head")
        return replace(self._info(key), content_type=self.objects[key].content_type) if key in self.objects else None

    @asynccontextmanager
    async def get(self, key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        self._contact("get")
        yield self._chunks(self._stored(key).body)

    async def _chunks(self, body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), _CHUNK):
            self._contact("read")
            yield body[start : start + _CHUNK]

    async def put(self, key: str, body: bytes, *, content_type: str, only_if_absent: bool = False) -> None:
        self._contact("put")
        self._write(key, body, content_type=content_type, only_if_absent=only_if_absent)

    async def copy(self, source: str, target: str, *, source_etag: str | None = None, only_if_absent: bool = False) -> None:
        self._contact("copy")
        stored = self._stored(source)
        if source_etag not in (None, stored.etag):
            raise ObjectChanged("copy")
        self._write(target, stored.body, content_type=stored.content_type, only_if_absent=only_if_absent)

    async def delete(self, key: str) -> None:
        self._contact("delete")
        self.objects.pop(key, None)

    async def list(self, prefix: str, *, after: str = "") -> AsyncIterator[ObjectInfo]:
        self._contact("list")
        for key in sorted(self.objects):
            if key.startswith(prefix) and key > after:
                yield self._info(key)

    def _contact(self, operation: str) -> None:
        if not self.available:
            raise StorageUnavailable(f"{operation}: stopped")

    def _stored(self, key: str) -> _Stored:
        if key not in self.objects:
            raise ObjectMissing("get")
        return self.objects[key]

    def _info(self, key: str) -> ObjectInfo:
        stored = self.objects[key]
        return ObjectInfo(key, len(stored.body), stored.etag, stored.modified)

    def _write(self, key: str, body: bytes, *, content_type: str, only_if_absent: bool = False) -> None:
        if only_if_absent and key in self.objects:
            raise ObjectChanged("put")
        self.objects[key] = _Stored(body, self.now, content_type)
