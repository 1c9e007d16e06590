"""What only the S3 adapter has: errors of a store that is not there, headers of downloads, the public address."""

import aiohttp
import pytest

from priorbus.devstack.backing import Backing
from priorbus.runtime.objects import StorageUnavailable, open_objects
from priorbus.runtime.settings import ObjectStoreSettings

NOWHERE = "http://127.0.0.1:1"


def settings(**named: str) -> ObjectStoreSettings:
    return ObjectStoreSettings.model_validate({"s3_endpoint": NOWHERE, "s3_access_key": "k", "s3_secret_key": "s", **named})


async def test_a_store_that_is_not_there() -> None:
    async with open_objects(settings()) as objects:
        with pytest.raises(StorageUnavailable):
            await objects.check()
        with pytest.raises(StorageUnavailable) as caught:
            await objects.head("quarantine/secret-key")
        assert "secret-key" not in str(caught.value)
        with pytest.raises(StorageUnavailable):
            [info async for info in objects.list("x")]


async def test_a_bucket_that_is_not_there(backing: Backing) -> None:
    given = settings(
        s3_endpoint=backing.s3_endpoint,
        s3_access_key=backing.s3_access_key,
        s3_secret_key=backing.s3_secret_key,
        s3_bucket="no-such-bucket",
    )
    async with open_objects(given) as objects:
        with pytest.raises(StorageUnavailable):
            await objects.check()


async def test_presigned_urls_use_the_public_address() -> None:
    async with open_objects(settings(s3_public_endpoint="https://files.example.org")) as objects:
        request = await objects.presign_put("k", content_type="image/png", size=3, ttl_seconds=60)
    assert request.url.startswith("https://files.example.org/priorbus/k?")


async def test_virtual_addressing_and_session_token() -> None:
    given = settings(s3_endpoint="https://s3.example.org", s3_addressing="virtual", s3_session_token="token-1")
    async with open_objects(given) as objects:
        request = await objects.presign_get("k", file_name="a.png", content_type="image/png", ttl_seconds=60)
    assert request.url.startswith("https://priorbus.s3.example.org/k?")
    assert "X-Amz-Security-Token=token-1" in request.url


async def test_downloads_are_saved_under_the_given_name(backing: Backing, bucket: str) -> None:
    given = settings(
        s3_endpoint=backing.s3_endpoint, s3_access_key=backing.s3_access_key, s3_secret_key=backing.s3_secret_key, s3_bucket=bucket
    )
    async with open_objects(given) as objects, aiohttp.ClientSession() as http:
        await objects.put("f", b"x", content_type="application/octet-stream")
        request = await objects.presign_get("f", file_name="ä.pdf", content_type="application/pdf", ttl_seconds=60)
        async with http.get(request.url) as answer:
            assert answer.headers["Content-Disposition"] == "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%A4.pdf"
            assert answer.headers["Content-Type"] == "application/pdf"
