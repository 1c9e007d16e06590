"""The object store over S3, with one pooled client for the life of the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from priorbus.runtime.objects.client import client_of, place_of_bucket
from priorbus.runtime.objects.disposition import attachment
from priorbus.runtime.objects.encryption import Encryption, encryption_of
from priorbus.runtime.objects.errors import code_of, translated
from priorbus.runtime.objects.forms import FormSigner, form_signer
from priorbus.runtime.objects.port import ObjectInfo, ObjectMissing, SignedForm, SignedRequest, StorageUnavailable
from priorbus.runtime.settings import ObjectStoreSettings

_CHECK_SECONDS = 3.0
_CHUNK = 64 * 1024
_NO_BUCKET = {"404", "NoSuchBucket"}
_OWNED = "BucketAlreadyOwnedByYou"
"""Another process was faster."""


@asynccontextmanager
async def open_objects(settings: ObjectStoreSettings) -> AsyncIterator["S3ObjectStore"]:
    """The object store that the settings name; contacts nothing yet."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(client_of(settings, settings.s3_endpoint))
        signer = client
        if settings.s3_public_endpoint != settings.s3_endpoint:
            signer = await stack.enter_async_context(client_of(settings, settings.s3_public_endpoint))
        yield S3ObjectStore(client, signer, settings.s3_bucket, form_signer(settings), encryption_of(settings))


class S3ObjectStore:
    """The adapter. `signer` differs from `client` where clients reach the store under another address."""

    def __init__(self, client: Any, signer: Any, bucket: str, forms: FormSigner, encryption: Encryption) -> None:
        self._client = client
        self._signer = signer
        self._bucket = bucket
        self._forms = forms
        self._encryption = encryption

    async def check(self) -> None:
        with translated("check"):
            try:
                async with asyncio.timeout(_CHECK_SECONDS):
                    await self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                raise StorageUnavailable(f"check: {code_of(error)}") from None

    async def ensure_bucket(self) -> None:
        with translated("ensure_bucket"):
            if await self._bucket_is_there():
                return
            try:
                await self._client.create_bucket(Bucket=self._bucket, **place_of_bucket(self._client))
            except ClientError as error:
                if code_of(error) != _OWNED:
                    raise

    async def _bucket_is_there(self) -> bool:
        """Asked first, because who may use a bucket often may not create one."""
        try:
            await self._client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if code_of(error) not in _NO_BUCKET:
                raise
            return False
        return True

    async def presign_put(self, key: str, *, content_type: str, size: int | None, ttl_seconds: int) -> SignedRequest:
        headers = {"Content-Type": content_type, "If-None-Match": "*", **self._encryption.headers}
        signed: dict[str, Any] = {"ContentType": content_type, "IfNoneMatch": "*", **self._encryption.parameters}
        if size is not None:
            headers["Content-Length"] = str(size)
            signed["ContentLength"] = size
        return SignedRequest("PUT", await self._sign("put_object", key, signed, ttl_seconds), headers)

    async def presign_get(self, key: str, *, file_name: str, content_type: str, ttl_seconds: int) -> SignedRequest:
        answer = {"ResponseContentDisposition": attachment(file_name), "ResponseContentType": content_type}
        return SignedRequest("GET", await self._sign("get_object", key, answer, ttl_seconds), {})

    async def presign_post(self, prefix: str, *, max_bytes: int, now: datetime, expires: datetime) -> SignedForm:
        return self._forms.sign(prefix, max_bytes=max_bytes, now=now, expires=expires)

    async def _sign(self, operation: str, key: str, signed: dict[str, Any], ttl_seconds: int) -> str:
        url: str = await self._signer.generate_presigned_url(
            operation, Params={"Bucket": self._bucket, "Key": key, **signed}, ExpiresIn=ttl_seconds
        )
        return url

    async def head(self, key: str) -> ObjectInfo | None:
        try:
            with translated("head"):
                found = await self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            return None
        return ObjectInfo(key, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"], found.get("ContentType", ""))

    @asynccontextmanager
    async def get(self, key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        with translated("get"):
            answer = await self._client.get_object(Bucket=self._bucket, Key=key)
        body = answer["Body"]
        async with body:
            yield _chunks(body, answer["ContentLength"])

    async def put(self, key: str, body: bytes, *, content_type: str, only_if_absent: bool = False) -> None:
        options = {"ContentType": content_type, **self._encryption.parameters}
        if only_if_absent:
            options["IfNoneMatch"] = "*"
        with translated("put"):
            await self._client.put_object(Bucket=self._bucket, Key=key, Body=body, **options)

    async def copy(self, source: str, target: str, *, source_etag: str | None = None, only_if_absent: bool = False) -> None:
        options = dict(self._encryption.parameters)
        if source_etag:
            options["CopySourceIfMatch"] = f'"{source_etag}"'
        if only_if_absent:
            options["IfNoneMatch"] = "*"
        origin = {"Bucket": self._bucket, "Key": source}
        with translated("copy"):
            await self._client.copy_object(Bucket=self._bucket, Key=target, CopySource=origin, **options)

    async def delete(self, key: str) -> None:
        with translated("delete"):
            await self._client.delete_object(Bucket=self._bucket, Key=key)

    async def list(self, prefix: str, *, after: str = "") -> AsyncIterator[ObjectInfo]:
        where = {"Bucket": self._bucket, "Prefix": prefix, **({"StartAfter": after} if after else {})}
        pages = self._client.get_paginator("list_objects_v2").paginate(**where).__aiter__()
        while True:
            with translated("list"):
                page = await anext(pages, None)
            if page is None:
                return
            for entry in page.get("Contents", ()):
                yield ObjectInfo(entry["Key"], entry["Size"], entry["ETag"].strip('"'), entry["LastModified"])


async def _chunks(body: Any, size: int) -> AsyncIterator[bytes]:
    read = 0
    while True:
        with translated("read"):
            chunk = await body.read(_CHUNK)
        if not chunk:
            break
        read += len(chunk)
        yield chunk
    if read != size:
        raise StorageUnavailable("read: cut short")
