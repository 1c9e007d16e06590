"""The storage service dies at every step of a completion: the file becomes ready once, and is never seen before its bytes are there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.devstack import cases
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import Client
from priorbus.devstack.seed import TENANT
from priorbus.devstack.service import Service
from priorbus.devstack.stack import Stack, running_stack
from priorbus.runtime.objects import ObjectStore, open_objects
from priorbus.runtime.settings import ObjectStoreSettings
from priorbus.runtime.testing.proxy import Proxy, proxied
from tests.faults.gate import Gate, Moment, gate

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]

ASYNC = {"Prefer": "respond-async"}
STEPS = 5
"""Requests to the object store in one completion: is it moved, what came, copy, remove, read."""


@pytest.fixture(scope="module")
def stack(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing) as running:
        yield running


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    async with Client(stack.base_url, stack.seed.api_key) as opened:
        yield opened


@pytest.fixture
async def objects(stack: Stack) -> AsyncIterator[ObjectStore]:
    given = {name.removeprefix("PRIORBUS_").lower(): value for name, value in stack.settings.items()}
    async with open_objects(ObjectStoreSettings.model_validate(given)) as opened:
        yield opened


@asynccontextmanager
async def gated(stack: Stack) -> AsyncIterator[tuple[Gate, Proxy, Service]]:
    """The storage service behind a gate to the object store and a proxy to the broker."""
    usual, settings = stack.service("storage"), stack.settings
    async with gate(settings["PRIORBUS_S3_ENDPOINT"]) as store, proxied(settings["PRIORBUS_AMQP_URL"]) as (broker, amqp_url):
        addresses = {
            "PRIORBUS_S3_ENDPOINT": store.url,
            "PRIORBUS_S3_PUBLIC_ENDPOINT": settings["PRIORBUS_S3_ENDPOINT"],
            "PRIORBUS_AMQP_URL": amqp_url,
        }
        service = replace(usual, env={**usual.env, **addresses})
        await asyncio.to_thread(usual.stop)
        await asyncio.to_thread(service.start)
        try:
            yield store, broker, service
        finally:
            store.let_go()
            broker.thaw()
            await asyncio.to_thread(service.stop)
    await asyncio.to_thread(usual.start)


async def uploaded(client: Client, content: bytes) -> str:
    request = {"fileName": "note.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
    created = (await client.succeed("POST", "/v1/files", request)).json
    await client.succeed("PUT", created["upload"]["url"], content, headers=created["upload"]["headers"])
    return str(created["file"]["id"])


async def completing(client: Client, file_id: str) -> str:
    """Where the outcome of a completion will be."""
    accepted = await client.call("POST", f"/v1/files/{file_id}/complete", headers=ASYNC)
    assert accepted.status == 202
    return accepted.headers["Location"]


async def settled(client: Client, location: str) -> Any:
    async with asyncio.timeout(90):
        while (operation := (await client.succeed("GET", location)).json)["status"] == "pending":
            await asyncio.sleep(0.1)
    return operation


async def shown(client: Client, file_id: str) -> Any:
    return (await client.succeed("GET", f"/v1/files/{file_id}")).json


async def told(stack: Stack, file_id: str) -> list[str]:
    """The public events of a file, once it has ended."""
    database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with database, asyncio.timeout(60):
        log = database[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"]["event_log"]
        while len(rows := await log.find({"subject": f"file/{file_id}"}).to_list(None)) < 2:
            await asyncio.sleep(0.1)
    return [type_ for row in rows for type_ in row["types"]]


async def assert_ready(stack: Stack, client: Client, objects: ObjectStore, file_id: str, content: bytes) -> None:
    """The file is there, whole and once, and nothing else is."""
    file = await shown(client, file_id)
    assert file["status"] == "ready"
    assert (await client.call("GET", file["downloadUrl"])).body == content
    assert sorted(await told(stack, file_id)) == ["file.created", "file.ready"]
    assert [info.key async for info in objects.list(f"quarantine/{TENANT}/{file_id}/")] == []


EVERY_STEP: list[tuple[int, Moment]] = [(number, moment) for number in range(1, STEPS + 1) for moment in ("before", "after")]


@pytest.mark.parametrize(
    "steps", [[(3, "after"), (5, "before")], pytest.param(EVERY_STEP, marks=pytest.mark.long)], ids=["around the move", "every step"]
)
async def test_killed_at_a_request_to_the_object_store(
    stack: Stack, client: Client, objects: ObjectStore, steps: list[tuple[int, Moment]]
) -> None:
    async with gated(stack) as (store, _, service):
        undisturbed = await uploaded(client, cases.pdf())
        store.watch(f"/{undisturbed}")
        assert (await settled(client, await completing(client, undisturbed)))["status"] == "succeeded"
        assert store.count == STEPS
        for step in steps:
            content = cases.pdf(100_000 + step[0])
            file_id = await uploaded(client, content)
            store.watch(f"/{file_id}", step)
            location = await completing(client, file_id)
            await store.reached()
            assert (await shown(client, file_id))["status"] in {"pending_upload", "uploaded"}
            await asyncio.to_thread(service.kill)
            store.let_go()
            await asyncio.to_thread(service.start)
            assert (await settled(client, location))["status"] == "succeeded"
            await assert_ready(stack, client, objects, file_id, content)


async def test_killed_after_the_commit_and_before_anybody_hears_of_it(stack: Stack, client: Client, objects: ObjectStore) -> None:
    """The completion is delivered again and finds what it has done."""
    content = cases.pdf(5000)
    async with gated(stack) as (store, broker, service):
        file_id = await uploaded(client, content)
        store.watch(f"/{file_id}", (STEPS, "after"))
        location = await completing(client, file_id)
        await store.reached()
        broker.freeze()
        store.let_go()
        await until_committed(stack, file_id)
        await asyncio.to_thread(service.kill)
        broker.cut()
        broker.thaw()
        await asyncio.to_thread(service.start)
        assert (await settled(client, location))["status"] == "succeeded"
        await assert_ready(stack, client, objects, file_id, content)


async def until_committed(stack: Stack, file_id: str) -> None:
    database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.backing.mongo_url)
    async with database, asyncio.timeout(60):
        files = database[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_storage"]["files"]
        while not await files.find_one({"_id": f"{TENANT}/{file_id}", "status": "ready"}):
            await asyncio.sleep(0.02)


async def test_8_3_1_a_slow_completion_is_seen_as_uploaded(stack: Stack, client: Client, objects: ObjectStore) -> None:
    """While it runs behind a 202 and no longer; one that has to give up leaves the file as it was"""
    content = cases.pdf(5000)
    async with gated(stack) as (store, _, _):
        file_id = await uploaded(client, content)
        store.watch(f"/{file_id}", (STEPS, "before"))
        location = await completing(client, file_id)
        async with asyncio.timeout(60):
            while (await shown(client, file_id))["status"] != "uploaded":
                await asyncio.sleep(0.1)
        store.let_go()
        assert (await settled(client, location))["status"] == "succeeded"
        await assert_ready(stack, client, objects, file_id, content)
