"""One contract for the real object store and its double."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import pytest

from priorbus.runtime.objects import ObjectChanged, ObjectMissing, ObjectStore, SignedRequest, open_objects
from priorbus.runtime.settings import ObjectStoreSettings
from priorbus.runtime.testing.objects import MemoryObjectStore

Client = Callable[..., Awaitable[tuple[int, bytes]]]
PDF = "application/pdf"


async def _send(request: SignedRequest, body: bytes = b"", headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    sent = request.headers if headers is None else headers
    async with aiohttp.ClientSession() as http, http.request(request.method, request.url, data=body, headers=sent) as answer:
        return answer.status, await answer.read()


@pytest.fixture(params=["memory", "s3"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[tuple[ObjectStore, Client]]:
    if request.param == "memory":
        memory = MemoryObjectStore()

        async def send(*args: Any, **named: Any) -> tuple[int, bytes]:
            return memory.send(*args, **named)

        yield memory, send
        return
    backing = request.getfixturevalue("backing")
    settings = ObjectStoreSettings(
        s3_endpoint=backing.s3_endpoint,
        s3_public_endpoint=backing.s3_endpoint,
        s3_access_key=backing.s3_access_key,
        s3_secret_key=backing.s3_secret_key,
        s3_region=backing.s3_region,
        s3_bucket=request.getfixturevalue("make_bucket")(),
    )
    async with open_objects(settings) as objects:
        yield objects, _send


@pytest.fixture
def objects(world: tuple[ObjectStore, Client]) -> ObjectStore:
    return world[0]


@pytest.fixture
def send(world: tuple[ObjectStore, Client]) -> Client:
    return world[1]


async def read(objects: ObjectStore, key: str) -> bytes:
    async with objects.get(key) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_bucket_is_there_and_may_be_ensured_again(objects: ObjectStore) -> None:
    await objects.ensure_bucket()
    await objects.ensure_bucket()
    await objects.check()


async def test_put_head_get_delete(objects: ObjectStore) -> None:
    await objects.put("a/1", b"hello", content_type=PDF)
    info = await objects.head("a/1")
    assert info is not None
    assert (info.key, info.size, info.etag) == ("a/1", 5, hashlib.md5(b"hello", usedforsecurity=False).hexdigest())
    assert info.modified.tzinfo is not None
    assert await read(objects, "a/1") == b"hello"
    await objects.delete("a/1")
    assert await objects.head("a/1") is None


async def test_missing_objects(objects: ObjectStore) -> None:
    assert await objects.head("none") is None
    await objects.delete("none")
    with pytest.raises(ObjectMissing):
        await read(objects, "none")
    with pytest.raises(ObjectMissing):
        await objects.copy("none", "target")


async def test_get_streams_in_small_chunks(objects: ObjectStore) -> None:
    body = bytes(range(256)) * 1024
    await objects.put("big", body, content_type=PDF)
    async with objects.get("big") as chunks:
        sizes = [len(chunk) async for chunk in chunks]
    assert sum(sizes) == len(body)
    assert max(sizes) <= 64 * 1024


async def test_a_reader_may_stop_early(objects: ObjectStore) -> None:
    await objects.put("big", bytes(1_000_000), content_type=PDF)
    async with objects.get("big") as chunks:
        assert await anext(chunks)
    assert len(await read(objects, "big")) == 1_000_000


async def test_zero_bytes(objects: ObjectStore) -> None:
    await objects.put("empty", b"", content_type=PDF)
    info = await objects.head("empty")
    assert info is not None
    assert info.size == 0
    assert await read(objects, "empty") == b""


async def test_put_only_if_absent(objects: ObjectStore) -> None:
    await objects.put("once", b"1", content_type=PDF, only_if_absent=True)
    with pytest.raises(ObjectChanged):
        await objects.put("once", b"2", content_type=PDF, only_if_absent=True)
    assert await read(objects, "once") == b"1"


async def test_copy_guards_its_source_and_its_target(objects: ObjectStore) -> None:
    await objects.put("source", b"1", content_type=PDF)
    with pytest.raises(ObjectChanged):
        await objects.copy("source", "target", source_etag=hashlib.md5(b"2", usedforsecurity=False).hexdigest())
    assert await objects.head("target") is None
    info = await objects.head("source")
    assert info is not None
    await objects.copy("source", "target", source_etag=info.etag, only_if_absent=True)
    await objects.put("source", b"2", content_type=PDF)
    with pytest.raises(ObjectChanged):
        await objects.copy("source", "target", only_if_absent=True)
    assert await read(objects, "target") == b"1"


async def test_list_by_prefix(objects: ObjectStore) -> None:
    for key in ("p/2", "p/1/x", "q/1"):
        await objects.put(key, b"x", content_type=PDF)
    assert [info.key async for info in objects.list("p/")] == ["p/1/x", "p/2"]
    assert [info.key async for info in objects.list("p/", after="p/1/x")] == ["p/2"]
    assert [info.key async for info in objects.list("none/")] == []


async def test_presigned_put_works_once_and_only_as_told(objects: ObjectStore, send: Client) -> None:
    request = await objects.presign_put("up", content_type=PDF, size=None, ttl_seconds=60)
    assert request.method == "PUT"
    assert request.headers == {"Content-Type": PDF, "If-None-Match": "*"}
    assert (await send(request, b"x", headers={**request.headers, "Content-Type": "text/plain"}))[0] == 403
    assert await objects.head("up") is None
    assert (await send(request, b"first"))[0] == 200
    assert (await send(request, b"second"))[0] == 412
    assert await read(objects, "up") == b"first"


async def test_presigned_put_holds_to_the_declared_size(objects: ObjectStore, send: Client) -> None:
    request = await objects.presign_put("sized", content_type=PDF, size=5, ttl_seconds=60)
    assert request.headers["Content-Length"] == "5"
    assert (await send(request, b"123456", headers={**request.headers, "Content-Length": "6"}))[0] == 403
    assert (await send(request, b"12345"))[0] == 200


async def test_presigned_get(objects: ObjectStore, send: Client) -> None:
    await objects.put("down", b"bytes", content_type=PDF)
    request = await objects.presign_get("down", file_name='naïve "x".pdf', content_type=PDF, ttl_seconds=60)
    assert await send(request) == (200, b"bytes")


def test_a_presigned_url_stays_out_of_representations() -> None:
    assert "secret" not in repr(SignedRequest("PUT", "https://store/key?signature=secret", {}))
