"""Acceptance cases that stop, pause and kill something, or need other settings (patient-attachments.md 18)."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from priorbus.devstack import cases
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import Answer, Client
from priorbus.devstack.patients import ATTACHMENTS, PATIENTS, PatientsClient
from priorbus.devstack.service import Service
from priorbus.devstack.stack import Stack, running_stack
from priorbus.runtime.objects import S3ObjectStore, open_objects
from priorbus.runtime.settings import ObjectStoreSettings
from tests.faults.gate import Gate, Moment, gate

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]

PDF = cases.pdf()
ENVIRONMENT = {
    "PRIORBUS_CONTENT_TTL_SECONDS": "5",
    "PRIORBUS_RATE_PATIENT_ATTACHMENTS": "1000000/60",
    "PRIORBUS_WEBHOOK_ALLOW_PRIVATE": "true",
    "PRIORBUS_WEBHOOK_ALLOW_HTTP": "true",
}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def own(own_backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=own_backing, env=ENVIRONMENT) as running:
        yield running


@pytest.fixture
async def k1(own: Stack) -> AsyncIterator[PatientsClient]:
    async with PatientsClient(own.base_url, own.seed.api_key) as client:
        yield client


@pytest.fixture
async def platform(own: Stack) -> AsyncIterator[Client]:
    """K1 where only Bearer is taken: events, webhooks, operations."""
    async with Client(own.base_url, own.seed.api_key) as client:
        yield client


@pytest.fixture
async def patient(k1: PatientsClient) -> str:
    return await k1.patient()


@pytest.fixture
async def bucket(own: Stack) -> AsyncIterator[S3ObjectStore]:
    names = ("endpoint", "public_endpoint", "access_key", "secret_key", "region", "bucket")
    given = {f"s3_{name}": own.settings[f"PRIORBUS_S3_{name.upper()}"] for name in names}
    async with open_objects(ObjectStoreSettings.model_validate(given)) as objects:
        yield objects


@contextmanager
def settings(service: Service, **changes: str) -> Iterator[None]:
    """The service with other settings for the length of the block."""
    service.stop()
    replace(service, env={**service.env, **{f"PRIORBUS_{name.upper()}": value for name, value in changes.items()}}).start()
    try:
        yield
    finally:
        service.restart()


@contextmanager
def paused(service: Service) -> Iterator[None]:
    """The service's process stands still for the length of the block."""
    process = service.process()
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


@asynccontextmanager
async def held_timers(own: Stack) -> AsyncIterator[None]:
    """Nothing that the storage service has put off happens within the block: its lease is held here."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(own.settings["PRIORBUS_MONGO_URL"])
    leases = client[f"{own.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_storage"]["leases"]
    try:
        async with asyncio.timeout(60):
            while not await taken_over(leases):
                await asyncio.sleep(0.05)
            while last_of_the_lease(own) != "lease lost":
                await asyncio.sleep(0.05)
        yield
    finally:
        await leases.update_one({"_id": "timers", "owner": "test"}, {"$set": {"owner": "", "expires_at": _LONG_AGO}})
        await client.close()


async def taken_over(leases: AsyncCollection[dict[str, Any]]) -> bool:
    """Whether the lease could be taken from a process that lives, which shows in its renewing it: only such a one tells that it lost it.

    A process that was killed is the owner for some more seconds, and the one started after it is ready before it has got the lease.
    """
    held = await leases.find_one({"_id": "timers", "owner": {"$nin": ["", "test"]}})
    if held is None:
        return False
    renewed = {"_id": "timers", "owner": held["owner"], "expires_at": {"$gt": held["expires_at"]}}
    ends = asyncio.get_running_loop().time() + 5
    mine = {"owner": "test", "expires_at": datetime.now(UTC) + timedelta(hours=1)}
    while asyncio.get_running_loop().time() < ends:
        if (await leases.update_one(renewed, {"$set": mine})).matched_count:
            return True
        await asyncio.sleep(0.05)
    return False


def last_of_the_lease(own: Stack) -> str:
    """What the log told last about it; its last line may not be whole yet."""
    whole, _, _ = own.service("storage").log.read_text().rpartition("\n")
    told = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
    return str([line["event"] for line in told if line.get("lease") == "timers"][-1])


async def told(platform: Client, id_: str, last: str) -> list[Any]:
    """The public events of a record, once the last of them is there."""
    async with asyncio.timeout(30):
        while True:
            events = (await platform.succeed("GET", f"/v1/events?subject=patient_attachment/{id_}")).json["data"]
            if any(event["type"] == f"priorbus.patient_attachment.{last}.v1" for event in events):
                return list(events)
            await asyncio.sleep(0.05)


async def keys_under(bucket: S3ObjectStore, prefix: str) -> list[str]:
    return [found.key async for found in bucket.list(prefix)]


async def nothing_under(bucket: S3ObjectStore, prefix: str) -> None:
    """Return once no object is there."""
    async with asyncio.timeout(60):
        while await keys_under(bucket, prefix):
            await asyncio.sleep(0.1)


async def test_patt_07_content(k1: PatientsClient, patient: str) -> None:
    """PATT-07, with links that are good for five seconds"""
    made = await k1.register(patient, await k1.upload(patient, "scan 1.pdf", PDF))
    await k1.processed(made.json["id"])
    answer = await k1.call("GET", f"{ATTACHMENTS}/{made.json['id']}/content")
    assert (answer.status, answer.headers["Cache-Control"]) == (302, "no-store")
    target = answer.headers["Location"]
    content = await k1.call("GET", target)
    assert (content.status, content.body) == (200, PDF)
    assert content.headers["Content-Disposition"] == 'attachment; filename="scan 1.pdf"'
    assert content.headers["Content-Type"] == "application/pdf"
    async with asyncio.timeout(30):
        while (late := await k1.call("GET", target)).status == 200:
            await asyncio.sleep(0.25)
    assert late.status == 403


async def test_patt_08_content_before_processing(own: Stack, k1: PatientsClient, patient: str) -> None:
    """PATT-08"""
    async with held_timers(own):
        id_ = (await k1.add_document(patient)).json["id"]
        answer = await k1.call("GET", f"{ATTACHMENTS}/{id_}/content")
        assert (answer.status, answer.error_code) == (404, "content_not_available")
    await k1.processed(id_)
    assert (await k1.call("GET", f"{ATTACHMENTS}/{id_}/content")).status == 302


async def test_patt_18_59_late_and_abandoned_uploads(own: Stack, k1: PatientsClient, patient: str, bucket: S3ObjectStore) -> None:
    """PATT-18 and PATT-59"""
    with settings(own.service("storage"), ticket_ttl_seconds="2", ticket_grace_seconds="1"):
        url = await k1.upload(patient)
        ends = datetime.now(UTC) + timedelta(seconds=3)
        while datetime.now(UTC) < ends:
            await asyncio.sleep(0.1)
        answer = await k1.call("POST", ATTACHMENTS, {"patient_id": patient, "upload_url": url})
        assert (answer.status, answer.json["error_codes"]) == (422, {"upload_url": "ticket_expired"})
        await nothing_under(bucket, f"t_acme/patients/{patient}/")


@asynccontextmanager
async def gated(own: Stack) -> AsyncIterator[tuple[Gate, Service]]:
    """The storage service behind a gate to the object store."""
    usual, endpoint = own.service("storage"), own.settings["PRIORBUS_S3_ENDPOINT"]
    async with gate(endpoint) as store:
        service = replace(usual, env={**usual.env, "PRIORBUS_S3_ENDPOINT": store.url, "PRIORBUS_S3_PUBLIC_ENDPOINT": endpoint})
        await asyncio.to_thread(usual.stop)
        await asyncio.to_thread(service.start)
        try:
            yield store, service
        finally:
            store.let_go()
            await asyncio.to_thread(service.kill)
    await asyncio.to_thread(usual.start)


REQUESTS = range(2, 8)
"""Of one processing, after the creation has looked for the upload: what came, is it moved, copy, remove, what is there, read."""
EVERY_STEP: list[tuple[int, Moment]] = [(number, moment) for number in REQUESTS for moment in ("before", "after")]


@pytest.mark.parametrize(
    "steps",
    [[(4, "after"), (7, "before")], pytest.param(EVERY_STEP, marks=[pytest.mark.long, pytest.mark.timeout(900)])],
    ids=["around the move", "every step"],
)
async def test_patt_29_storage_killed_while_processing(
    own: Stack, k1: PatientsClient, platform: Client, patient: str, bucket: S3ObjectStore, steps: list[tuple[int, Moment]]
) -> None:
    """PATT-29: processed once, one final object, no temporary one"""
    async with gated(own) as (store, storage):
        for step in steps:
            content = cases.pdf(100_000 + step[0])
            url = await k1.upload(patient, "scan.pdf", content)
            store.watch("t_acme/", step)
            id_ = (await k1.register(patient, url)).json["id"]
            await store.reached()
            assert (await k1.attachment(id_)).json["processing_completed"] is False
            await asyncio.to_thread(storage.kill)
            store.let_go()
            await asyncio.to_thread(storage.start)
            record = (await k1.processed(id_, seconds=60)).json
            assert (record["filename"], record["size"]) == ("scan.pdf", len(content))
            assert await keys_under(bucket, f"patient-attachments/t_acme/{id_}") == [f"patient-attachments/t_acme/{id_}"]
            assert await keys_under(bucket, f"t_acme/patients/{patient}/") == []
            types = [event["type"] for event in await told(platform, id_, "processed")]
            assert types == ["priorbus.patient_attachment.created.v1", "priorbus.patient_attachment.processed.v1"]


async def test_patt_30_the_object_is_gone(own: Stack, k1: PatientsClient, platform: Client, patient: str, bucket: S3ObjectStore) -> None:
    """PATT-30"""
    async with held_timers(own):
        id_ = (await k1.add_document(patient)).json["id"]
        for key in await keys_under(bucket, f"t_acme/patients/{patient}/"):
            await bucket.delete(key)
    record = (await k1.processed(id_)).json
    assert (record["processing_completed"], record["processing_error"]["code"]) == (False, "object_missing")
    assert (record["content"], record["filename"], record["processed_at"]) == (None, None, None)
    failed = (await told(platform, id_, "processing_failed"))[-1]
    assert failed["data"] == {"id": id_, "patientId": patient, "failureCode": "object_missing"}


async def test_patt_55_a_webhook_is_not_ahead(k1: PatientsClient, platform: Client, patient: str) -> None:
    """PATT-55"""
    seen: asyncio.Queue[tuple[str, Answer]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        event = await request.json()
        record = await k1.call("GET", f"{ATTACHMENTS}/{event['data']['id']}")
        seen.put_nowait((event["data"]["id"], record))
        return web.Response()

    application = web.Application()
    application.router.add_post("/", receive)
    async with TestServer(application) as receiver:
        endpoint = {"url": str(receiver.make_url("/")), "eventTypes": ["patient_attachment.processed"]}
        made = await platform.succeed("POST", "/v1/webhook-endpoints", endpoint)
        ids = {(await k1.add_document(patient)).json["id"] for _ in range(3)}
        async with asyncio.timeout(60):
            while ids:
                id_, record = await seen.get()
                assert (record.status, record.json["processing_completed"]) == (200, True)
                ids.discard(id_)
        await platform.succeed("DELETE", f"/v1/webhook-endpoints/{made.json['id']}")


async def test_patt_58_the_object_store_is_away(own: Stack, k1: PatientsClient, patient: str) -> None:
    """PATT-58"""
    url, done = await k1.upload(patient), (await k1.add_document(patient)).json["id"]
    await k1.processed(done)
    body = {"patient_id": patient, "upload_url": url}
    store = own.backing.object_store
    await asyncio.to_thread(store.stop)
    try:
        post = await k1.call("GET", f"{PATIENTS}/{patient}/attachment_presigned_post")
        create = await k1.call("POST", ATTACHMENTS, body)
        content = await k1.call("GET", f"{ATTACHMENTS}/{done}/content")
    finally:
        await asyncio.to_thread(store.start)
    assert [(answer.status, answer.error_code) for answer in (post, create)] == [(503, "storage_unavailable")] * 2
    assert all("Retry-After" in answer.headers for answer in (post, create))
    assert content.status == 302
    again = await k1.succeed("POST", ATTACHMENTS, body)
    assert (await k1.processed(again.json["id"])).json["processing_completed"] is True


async def test_6_a_registered_document_waits_for_an_object_store_that_is_away(
    own: Stack, k1: PatientsClient, platform: Client, patient: str, bucket: S3ObjectStore
) -> None:
    """The transient row of 6: durable, and in the end as if nothing had been"""
    store = own.backing.object_store
    async with held_timers(own):
        id_ = (await k1.add_document(patient)).json["id"]
        await asyncio.to_thread(store.stop)
    try:
        await tried_again(own, id_)
        waiting = (await k1.attachment(id_)).json
        assert (waiting["processing_completed"], waiting["processing_error"]) == (False, None)
    finally:
        await asyncio.to_thread(store.start)
    record = (await k1.processed(id_, seconds=60)).json
    assert (record["filename"], record["size"]) == ("scan 1.pdf", len(PDF))
    assert await keys_under(bucket, f"t_acme/patients/{patient}/") == []
    types = [event["type"] for event in await told(platform, id_, "processed")]
    assert types == ["priorbus.patient_attachment.created.v1", "priorbus.patient_attachment.processed.v1"]


async def tried_again(own: Stack, id_: str) -> None:
    """Return once a processing has found nobody there and is put off."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(own.settings["PRIORBUS_MONGO_URL"])
    async with client, asyncio.timeout(60):
        timers = client[f"{own.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_storage"]["timers"]
        while not repeats(await timers.find_one({"_id": f"t_acme/process_patient_attachment/{id_}"})):
            await asyncio.sleep(0.1)


def repeats(timer: dict[str, Any] | None) -> bool:
    return timer is not None and json.loads(timer["body"])["data"]["attempt"] > 1


async def test_patt_60_storage_is_paused(own: Stack, k1: PatientsClient, platform: Client, patient: str) -> None:
    """PATT-60"""
    body = {"patient_id": patient, "upload_url": await k1.upload(patient)}
    with paused(own.service("storage")):
        accepted = await k1.call("POST", ATTACHMENTS, body, headers={"Prefer": "respond-async"})
        assert accepted.status == 202
    async with asyncio.timeout(60):
        while (operation := (await platform.succeed("GET", accepted.headers["Location"])).json)["status"] == "pending":
            await asyncio.sleep(0.1)
    assert operation["status"] == "succeeded"
    record = (await k1.succeed("GET", operation["resource"]["href"])).json
    assert record["patient"]["links"]["self"].endswith(f"{PATIENTS}/{patient}")
