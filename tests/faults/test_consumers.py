"""What consumers of events see while processes stop, die and come back: nothing is lost, nothing is handled twice."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from priorbus.devstack.backing import Backing
from priorbus.devstack.client import Client
from priorbus.devstack.event_stream import event_stream
from priorbus.devstack.receiver import Received, Reply, receiver
from priorbus.devstack.stack import Stack, running_stack

SAMPLE = Path(__file__).parents[2] / "docs" / "consumer" / "follow_events.py"
FILE = {"fileName": "note.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    env = {"PRIORBUS_WEBHOOK_RETRY_SCALE": "0.001"}
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing, env=env) as running:
        yield running


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    async with Client(stack.base_url, stack.seed.api_key) as opened:
        yield opened


@contextmanager
def consuming(stack: Stack, state: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The sample consumer, killed at the end of the block."""
    env = {**os.environ, "PRIORBUS_BASE_URL": stack.base_url, "PRIORBUS_API_KEY": stack.seed.api_key}
    with subprocess.Popen([sys.executable, str(SAMPLE), "--state", str(state)], env=env, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def handled(state: Path) -> list[tuple[int, str]]:
    """Positions and ids that the sample has handled, in its order."""
    if not state.exists():
        return []
    with sqlite3.connect(state) as file:
        return file.execute("SELECT position, id FROM handled ORDER BY rowid").fetchall()


async def written(client: Client, count: int) -> None:
    for _ in range(count):
        await client.succeed("POST", "/v1/files", FILE)


async def until_handled(state: Path, count: int) -> None:
    async with asyncio.timeout(60):
        while len(handled(state)) < count:
            await asyncio.sleep(0.05)


async def test_the_sample_consumer_survives_every_restart(stack: Stack, client: Client, tmp_path: Path) -> None:
    state = tmp_path / "events.sqlite"
    await written(client, 3)
    with consuming(stack, state):
        await until_handled(state, 3)
        await written(client, 5)
        await until_handled(state, 5)
    await written(client, 4)
    for service in ("gateway", "projector", "gateway"):
        with consuming(stack, state):
            before = len(handled(state))
            await asyncio.to_thread(stack.service(service).kill)
            await asyncio.to_thread(stack.service(service).start)
            await written(client, 6)
            await until_handled(state, before + 1)
    with consuming(stack, state):
        await until_handled(state, 30)
        listed = (await client.succeed("GET", "/v1/events?limit=100")).json["data"]
        await until_handled(state, len(listed))
    assert handled(state) == [(int(event["position"]), event["id"]) for event in listed]
    assert len(listed) == 30


async def test_streams_are_closed_when_the_gateway_stops(stack: Stack, client: Client) -> None:
    """Conventions 12.3"""
    async with event_stream(stack.base_url, stack.seed.api_key) as stream, asyncio.timeout(60):
        await stream.take(1)
        stopping = asyncio.create_task(asyncio.to_thread(stack.service("gateway").stop))
        while await stream.next() is not None:
            pass
        await stopping
        assert stack.service("gateway").exit_code() == 0
    await asyncio.to_thread(stack.service("gateway").start)


@pytest.mark.long
async def test_no_delivery_is_lost_when_the_projector_dies(stack: Stack, client: Client) -> None:
    """Conventions 11.3"""
    seen: list[str] = []

    def behave(request: Received) -> Reply:
        seen.append(request.id)
        return Reply(500 if len(seen) % 3 == 1 else 200)

    async with receiver(behave) as hook:
        endpoint = (await client.succeed("POST", "/v1/webhook-endpoints", {"url": hook.url})).json
        for _ in range(3):
            await written(client, 10)
            await asyncio.to_thread(stack.service("projector").kill)
            await asyncio.to_thread(stack.service("projector").start)
        async with asyncio.timeout(120):
            while True:
                page = (await client.succeed("GET", f"/v1/webhook-deliveries?limit=100&endpointId={endpoint['id']}")).json["data"]
                if len(page) == 30 and {delivery["status"] for delivery in page} == {"delivered"}:
                    break
                await asyncio.sleep(0.2)
        await client.succeed("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")
    assert {delivery["eventId"] for delivery in page} == set(seen)
