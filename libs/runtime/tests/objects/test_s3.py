"""What only the S3 adapter has: errors of a store that is not there, headers of downloads, the public address."""

import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import ThreadedResolver, web
from aiohttp.test_utils import TestServer

from priorbus.devstack.backing import Backing
from priorbus.devstack.forms import post_form
from priorbus.devstack.seaweedfs import DOMAIN
from priorbus.devstack.server import GivenServer
from priorbus.runtime.objects import StorageUnavailable, open_objects
from priorbus.runtime.settings import ObjectStoreSettings

NOWHERE = "http://127.0.0.1:1"


def settings(**named: str) -> ObjectStoreSettings:
    given = {"s3_endpoint": NOWHERE, "s3_bucket": "priorbus", "s3_access_key": "k", "s3_secret_key": "s", **named}
    return ObjectStoreSettings.model_validate({"s3_public_endpoint": given["s3_endpoint"], **given})


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


@pytest.mark.parametrize(
    ("found", "created", "asked"),
    [(200, 403, ["HEAD"]), (404, 200, ["HEAD", "PUT"]), (404, 409, ["HEAD", "PUT"]), (403, 409, ["HEAD"])],
    ids=["there, though it may not be created", "missing", "created by another meanwhile", "somebody else's"],
)
async def test_a_bucket_is_only_created_where_there_is_none(found: int, created: int, asked: list[str]) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.method)
        code = "BucketAlreadyOwnedByYou" if created == 409 else "AccessDenied"
        if request.method == "HEAD":
            return web.Response(status=found)
        text = "" if created == 200 else f"<Error><Code>{code}</Code></Error>"
        return web.Response(status=created, text=text, content_type="application/xml")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(application) as server, open_objects(settings(s3_endpoint=str(server.make_url("/")))) as objects:
        if found == 403:
            with pytest.raises(StorageUnavailable, match="403"):
                await objects.ensure_bucket()
        else:
            await objects.ensure_bucket()
    assert seen == asked


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


@pytest.fixture
def domain(backing: Backing, monkeypatch: pytest.MonkeyPatch) -> str:
    """The shared store's address for buckets in the host name; their names lead to this machine."""
    if isinstance(backing.object_store, GivenServer):
        pytest.skip("nobody knows the domain of a given store")
    usual = ThreadedResolver.resolve

    async def resolve(self: ThreadedResolver, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
        return await usual(self, "127.0.0.1" if host.endswith(DOMAIN) else host, port, family)

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    return f"http://{DOMAIN}:{urlsplit(backing.s3_endpoint).port}"


async def test_every_kind_of_request_to_a_bucket_in_the_host_name(backing: Backing, bucket: str, domain: str) -> None:
    keys = {"s3_access_key": backing.s3_access_key, "s3_secret_key": backing.s3_secret_key}
    given = settings(s3_endpoint=domain, s3_bucket=bucket, s3_region=backing.s3_region, s3_addressing="virtual", **keys)
    async with open_objects(given) as objects, aiohttp.ClientSession() as http:
        await objects.ensure_bucket()
        await objects.check()
        now = datetime.now(UTC).replace(microsecond=0)
        form = await objects.presign_post("virtual/", max_bytes=10, now=now, expires=now + timedelta(minutes=1))
        posted = await post_form(form.url, form.fields, "a b.pdf", b"%PDF")
        assert (posted.status, posted.key) == (201, "virtual/a b.pdf")
        target = await objects.presign_put("virtual/c", content_type="image/png", size=4, ttl_seconds=60)
        for status in (200, 412):
            async with http.put(target.url, data=b"%PNG", headers=target.headers) as answer:
                assert answer.status == status
        await objects.copy("virtual/a b.pdf", "virtual/d", only_if_absent=True)
        assert [info.key async for info in objects.list("virtual/")] == ["virtual/a b.pdf", "virtual/c", "virtual/d"]
        download = await objects.presign_get("virtual/d", file_name="d.pdf", content_type="application/pdf", ttl_seconds=60)
        assert urlsplit(download.url).hostname == f"{bucket}.{DOMAIN}"
        async with http.get(download.url) as answer:
            assert (answer.status, await answer.read()) == (200, b"%PDF")
        await objects.delete("virtual/d")
        assert await objects.head("virtual/d") is None


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
