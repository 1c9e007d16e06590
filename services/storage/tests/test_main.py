"""The whole service as a process, on the real broker, database and object store."""

import asyncio
import hashlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import orjson
import pytest

from priorbus.contracts.commands.storage import CompleteFile, CreateFile
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Message
from priorbus.devstack.backing import Backing
from priorbus.runtime.bus import AmqpBus, ReplyData, Requests, Topology

PDF = b"%PDF-1.7 note"
PATIENCE = 40.0
FACT_CONSUMER = Topology("listener", facts=("file.*",), commands=False)
"""Facts that no queue takes wait in the outbox."""


@pytest.fixture
def environment(backing: Backing, amqp_url: str, bucket: str, database_prefix: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PRIORBUS_")},
        "PRIORBUS_AMQP_URL": amqp_url,
        "PRIORBUS_MONGO_URL": backing.mongo_url,
        "PRIORBUS_MONGO_DATABASE_PREFIX": database_prefix,
        "PRIORBUS_S3_ENDPOINT": backing.s3_endpoint,
        "PRIORBUS_S3_PUBLIC_ENDPOINT": backing.s3_endpoint,
        "PRIORBUS_S3_ACCESS_KEY": backing.s3_access_key,
        "PRIORBUS_S3_SECRET_KEY": backing.s3_secret_key,
        "PRIORBUS_S3_REGION": backing.s3_region,
        "PRIORBUS_S3_BUCKET": bucket,
        "PRIORBUS_UPLOAD_TTL_SECONDS": "60",
    }


class Running:
    """A started process and its log lines."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    async def until(self, event: str) -> dict[str, Any]:
        """The first line from here on that tells this event."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._next(event)
        except TimeoutError:
            raise AssertionError(f"{event!r} was never logged: {self.lines}") from None

    async def _next(self, event: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(orjson.loads(line))
            if self.lines[-1]["event"] == event:
                return self.lines[-1]
        raise AssertionError(f"the process ended before it logged {event!r}: {self.lines}")

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        await self.until("drained")
        return await self.process.wait()


@asynccontextmanager
async def started(environment: dict[str, str]) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "priorbus.storage", env=environment, stdout=PIPE, limit=2**20)
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def call(requests: Requests, message: Message) -> ReplyData:
    envelope = Envelope(
        id=f"cmd_{uuid4().hex}", type=message.wire_type, time=datetime.now(UTC), tenant="t_acme", data={}, request_id="req_1"
    )
    return await requests.call(envelope, message.model_dump_json().encode(), 10)


async def upload(target: dict[str, Any], body: bytes) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.request(target["method"], target["url"], data=BytesIO(body), headers=target["headers"]) as answer,
    ):
        return answer.status


async def readiness(port: int) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health/ready") as answer:
        return answer.status, await answer.json()


async def ready(port: int) -> None:
    seen: object = None
    try:
        async with asyncio.timeout(PATIENCE):
            while (seen := await readiness(port)) != (200, {"status": "ready", "failing": []}):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never ready: {seen}") from None


async def test_a_file_from_creation_to_ready_then_drain(environment: dict[str, str]) -> None:
    async with started(environment) as storage:
        port = (await storage.until("health server listens"))["port"]
        await ready(port)
        async with AmqpBus.connect(environment["PRIORBUS_AMQP_URL"], "test") as bus, bus.requests() as requests:
            await bus.declare(FACT_CONSUMER)
            created = await call(
                requests,
                CreateFile(file_id="file_1", file_name="Ada.pdf", content_type="application/pdf", purpose="authorization_attachment"),
            )
            target = created["result"]["upload"]
            assert await upload(target, PDF) == 200
            assert await upload(target, b"%PDF-1.7 other") == 412
            done = await call(requests, CompleteFile(file_id="file_1"))
            assert done["result"]["file"]["status"] == "ready"
            assert done["result"]["file"]["checksum_sha256"] == hashlib.sha256(PDF).hexdigest()
            assert (await call(requests, CompleteFile(file_id="file_1")))["result"] == done["result"]
            refused = await call(
                requests, CreateFile(file_id="file_2", file_name="x.png", content_type="image/png", purpose="authorization_attachment")
            )
            assert await upload(refused["result"]["upload"], b"no png") == 200
            answer = await call(requests, CompleteFile(file_id="file_2"))
            assert answer["refusal"]["code"] == "file_content_mismatch"
            assert answer["result"]["file"]["status"] == "failed"
        async with asyncio.timeout(10):
            assert await storage.stop() == 0
        text = orjson.dumps(storage.lines).decode()
        assert "Ada" not in text
        assert "X-Amz-Signature" not in text
        assert all("dropped_keys" not in line for line in storage.lines)


async def test_it_waits_for_a_database_that_is_not_there_and_can_be_stopped(environment: dict[str, str]) -> None:
    async with started({**environment, "PRIORBUS_MONGO_URL": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"}) as storage:
        port = (await storage.until("health server listens"))["port"]
        waiting = await storage.until("dependency is not there yet, trying again")
        assert (waiting["dependency"], waiting["level"]) == ("mongodb", "warning")
        status, body = await readiness(port)
        assert status == 503
        assert {"process", "mongodb"} <= set(body["failing"])
        storage.process.send_signal(signal.SIGTERM)
        await storage.until("stopped")
        assert await storage.process.wait() == 0


async def test_bad_settings_are_named_and_never_shown(environment: dict[str, str]) -> None:
    bad = {**environment, "PRIORBUS_S3_ENDPOINT": "secret-value"}
    del bad["PRIORBUS_AMQP_URL"]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "priorbus.storage", env=bad, stdout=PIPE, stderr=PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 78
    assert b"PRIORBUS_AMQP_URL: Field required" in errors
    assert b"PRIORBUS_S3_ENDPOINT" in errors
    assert b"secret-value" not in errors


async def memory(process: Process, name: str) -> int:
    """Bytes, as the kernel counts them: VmRSS for now, VmHWM for the most since the last reset."""
    lines = (await asyncio.to_thread(Path(f"/proc/{process.pid}/status").read_text)).splitlines()
    (value,) = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(value) * 1024


async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A scanner that finds nothing."""
    await reader.readuntil(b"\0")
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        await reader.readexactly(length)
    writer.write(b"stream: OK\0")
    writer.close()


async def completed(requests: Requests, name: str, body: bytes) -> None:
    message = CreateFile(file_id=name, file_name="x.pdf", content_type="application/pdf", purpose="authorization_attachment")
    assert await upload((await call(requests, message))["result"]["upload"], body) == 200
    done = await call(requests, CompleteFile(file_id=name))
    assert (done["result"]["file"]["status"], done["result"]["file"]["scan"]) == ("ready", "clean")


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the kernel does not tell")
async def test_a_file_of_the_limit_costs_less_than_32_mebibytes(environment: dict[str, str]) -> None:
    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as scanner:
        address = f"127.0.0.1:{scanner.sockets[0].getsockname()[1]}"
        async with (
            started({**environment, "PRIORBUS_CLAMAV_ADDR": address}) as storage,
            AmqpBus.connect(environment["PRIORBUS_AMQP_URL"], "test") as bus,
            bus.requests() as requests,
        ):
            await ready((await storage.until("health server listens"))["port"])
            await bus.declare(FACT_CONSUMER)
            await completed(requests, "file_small", PDF)
            before = await memory(storage.process, "VmRSS")
            await asyncio.to_thread(Path(f"/proc/{storage.process.pid}/clear_refs").write_text, "5")
            await completed(requests, "file_large", b"%PDF-" + bytes(26_214_400 - 5))
            extra = await memory(storage.process, "VmHWM") - before
    assert extra < 32 * 1024 * 1024, extra
