"""Acceptance cases that need a storage service set up otherwise: with a scanner, with short lives (authorizations.md 16)."""

import asyncio
import socketserver
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.devstack import cases, ports
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack, running_stack
from priorbus.runtime.objects import ObjectStore, open_objects
from priorbus.runtime.settings import ObjectStoreSettings

pytestmark = pytest.mark.long

VIRUS = b"%PDF-1.7 virus"


class Clamd(socketserver.ThreadingTCPServer):
    """Answers as clamd does to INSTREAM, while inside; whatever holds the word virus is found."""

    allow_reuse_address = True
    daemon_threads = True

    class Scan(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.read(10) == b"zINSTREAM\0"
            body = b""
            while length := int.from_bytes(self.rfile.read(4), "big"):
                body += self.rfile.read(length)
            self.wfile.write(b"stream: Test.Virus FOUND\0" if b"virus" in body else b"stream: OK\0")

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Clamd.Scan)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()


@pytest.fixture(scope="module")
def own(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    env = {"PRIORBUS_SWEEP_SECONDS": "1"}
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing, env=env) as running:
        yield running


@contextmanager
def settings(stack: Stack, **changes: str) -> Iterator[None]:
    """The storage service with other settings for the length of the block."""
    service = stack.service("storage")
    service.stop()
    replace(service, env={**service.env, **{f"PRIORBUS_{name.upper()}": value for name, value in changes.items()}}).start()
    try:
        yield
    finally:
        service.restart()


@pytest.fixture
def clamd_port(own: Stack) -> Iterator[int]:
    lease = ports.lease()
    with settings(own, clamav_addr=f"127.0.0.1:{lease.port}"):
        yield lease.port
    lease.release()


@pytest.fixture
def short_uploads(own: Stack) -> Iterator[None]:
    with settings(own, upload_ttl_seconds="2", upload_grace_seconds="1"):
        yield


@pytest.fixture
async def client(own: Stack) -> AsyncIterator[Client]:
    async with Client(own.base_url, own.seed.api_key) as opened:
        yield opened


@pytest.fixture
async def objects(own: Stack) -> AsyncIterator[ObjectStore]:
    given = {name.removeprefix("PRIORBUS_").lower(): value for name, value in own.settings.items()}
    async with open_objects(ObjectStoreSettings.model_validate(given)) as opened:
        yield opened


async def created(client: Client) -> Any:
    request = {"fileName": "note.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
    return (await client.succeed("POST", "/v1/files", request)).json


async def uploaded(client: Client, content: bytes) -> str:
    body = await created(client)
    await client.succeed("PUT", body["upload"]["url"], content, headers=body["upload"]["headers"])
    return str(body["file"]["id"])


async def complete(client: Client, file_id: str) -> Answer:
    return await client.call("POST", f"/v1/files/{file_id}/complete")


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():
            await asyncio.sleep(0.1)


async def test_auth_90_scanner(client: Client, clamd_port: int) -> None:
    """AUTH-90"""
    infected, waiting = await uploaded(client, VIRUS), await uploaded(client, cases.pdf())
    with Clamd(clamd_port):
        answer = await complete(client, infected)
    assert (answer.status, answer.error_code) == (422, "file_infected")
    shown = (await client.succeed("GET", f"/v1/files/{infected}")).json
    assert (shown["status"], shown["scan"], shown["failure"]["code"]) == ("failed", {"status": "infected"}, "file_infected")
    away = await complete(client, waiting)
    assert (away.status, away.error_code, away.json["error"]["retryable"]) == (503, "scan_unavailable", True)
    assert "Retry-After" in away.headers
    assert (await client.succeed("GET", f"/v1/files/{waiting}")).json["status"] == "pending_upload"
    with Clamd(clamd_port):
        done = (await complete(client, waiting)).json
    assert (done["status"], done["scan"]) == ("ready", {"status": "clean"})


@pytest.mark.usefixtures("short_uploads")
async def test_auth_91_upload_expired(client: Client, objects: ObjectStore) -> None:
    """AUTH-91, and the same with bytes that nobody completed"""
    for file_id in ((await created(client))["file"]["id"], await uploaded(client, cases.pdf())):
        shown = await until_failed(client, file_id)
        assert shown["failure"]["code"] == "upload_expired"
        refused = await complete(client, file_id)
        assert (refused.status, refused.error_code) == (409, "file_not_ready")
        assert refused.json["error"]["details"]["failureCode"] == "upload_expired"

    async def empty() -> bool:
        return [info.key async for info in objects.list("quarantine/")] == []

    await until(empty)


async def until_failed(client: Client, file_id: str) -> Any:
    async def failed() -> bool:
        return bool((await client.succeed("GET", f"/v1/files/{file_id}")).json["status"] == "failed")

    await until(failed)
    return (await client.succeed("GET", f"/v1/files/{file_id}")).json


async def test_8_3_a_file_goes_once_it_was_attached_nowhere_for_long(own: Stack, client: Client, objects: ObjectStore) -> None:
    """The last row of 8.3's table, 8.3.2, 9.5 and 9.7: a file of two cases, removed from one and then from the other"""
    file_id = await client.ready_file()
    cases_ = [await client.create() for _ in range(2)]
    first, second = [await client.attach(case.json["id"], case.etag, file_id) for case in cases_]
    with settings(own, file_retention_days=f"{1 / 86_400:.9f}"):
        await detach(client, first)
        await until(lambda: asked_to_release(own))
        assert (await client.succeed("GET", f"/v1/files/{file_id}")).json["status"] == "ready"
        second = await detach(client, second)

        async def gone() -> bool:
            return (await client.call("GET", f"/v1/files/{file_id}")).status == 404

        await until(gone)
        body = {"fileId": file_id, "documentTypes": ["clinical_notes"]}
        path = f"{AUTHORIZATIONS}/{second.json['id']}/attachments"
        for refused in (await complete(client, file_id), await client.call("POST", path, body, if_match=second.etag)):
            assert (refused.status, refused.error_code) == (404, "file_not_found")

        async def removed() -> bool:
            return await objects.head(f"files/{TENANT}/{file_id}") is None

        await until(removed)


async def detach(client: Client, case: Answer) -> Answer:
    path = f"{AUTHORIZATIONS}/{case.json['id']}/attachments/{case.json['attachments'][0]['id']}"
    return await client.succeed("DELETE", path, if_match=case.etag)


async def asked_to_release(stack: Stack) -> bool:
    """Whether the requirements service has decided about a file."""
    database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with database:
        rows = database[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_requirements"]["journal"]
        return await rows.find_one({"type": "requirements.release_file"}) is not None
