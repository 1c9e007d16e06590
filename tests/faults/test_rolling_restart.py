"""A release: two processes of each kind, each restarted under load. No request fails, beyond connections that are made again."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from priorbus.devstack import cases
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.stack import Stack, running_stack

CLIENTS = 8
KINDS = ("requirements", "fhir-pas", "storage", "projector", "gateway")
LOST = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError)
BREATH = 0.1
"""Seconds between a caller's turns: the load is steady, and leaves processes that start something to start with."""
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def stack(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing, counts=dict.fromkeys(KINDS, 2)) as running:
        yield running


class Balanced:
    """What a load balancer and a client that knows its trade do: another try, elsewhere, when a connection was lost. Nothing else.

    `cut` are connections that ended under a request, not those that were refused while a gateway was away.
    """

    def __init__(self, gateways: list[Client]) -> None:
        self._gateways = itertools.cycle(gateways)
        self.answers: list[tuple[int, str]] = []
        self.cut = 0

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        while True:
            try:
                answer = await next(self._gateways).call(method, path, body, **options)
            except LOST as lost:
                self.cut += not isinstance(lost, aiohttp.ClientConnectorError)
                await asyncio.sleep(0.05)
                continue
            self.answers.append((answer.status, f"{method} {path}: {answer.body[:200]!r}"))
            return answer


@pytest.fixture
async def balanced(stack: Stack) -> AsyncIterator[list[Balanced]]:
    async with AsyncExitStack() as opened:
        gateways = [await opened.enter_async_context(Client(one.base_url, stack.seed.api_key)) for one in stack.gateways]
        yield [Balanced(gateways[turn % 2 :] + gateways[: turn % 2]) for turn in range(CLIENTS)]


async def live(caller: Balanced, stop: asyncio.Event) -> tuple[str, int]:
    """One caller's day: a case, a change, a look at it, a file target, and so on. Gives the case and how often it was changed."""
    body = cases.mri_create(questionnaireResponse={"item": cases.full_answers()})
    case = (await caller.call("POST", AUTHORIZATIONS, body, key=secrets.token_hex(12))).json
    path, changes = f"{AUTHORIZATIONS}/{case['id']}", 0
    while not stop.is_set():
        changes += 1
        answers = cases.answers(cases.item("patient.middleName", cases.text(f"Turn {changes}")))
        written = await caller.call("PATCH", f"{path}/answers", answers, if_match=f'"{changes}"', key=secrets.token_hex(12))
        if written.status == 202:
            await _finished(caller, written.headers["Location"])
        read = await caller.call("GET", path)
        assert read.json["version"] == changes + 1
        target = {"fileName": "note.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
        await caller.call("POST", "/v1/files", target, key=secrets.token_hex(12))
        await asyncio.sleep(BREATH)
    return case["id"], changes


async def _finished(caller: Balanced, location: str) -> None:
    async with asyncio.timeout(30):
        while (operation := await caller.call("GET", location)).json["status"] == "pending":
            await asyncio.sleep(0.1)
    assert operation.json["status"] == "succeeded"


async def roll(stack: Stack) -> None:
    """Restart every process, one after the other, each when the one before is ready."""
    for kind in KINDS:
        for service in [service for service in stack.services if service.kind.name == kind]:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(service.stop)
            assert service.exit_code() == 0, f"{service.name} did not drain"
            await asyncio.to_thread(service.start)


async def test_a_release_fails_no_request(stack: Stack, balanced: list[Balanced]) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        living = [tasks.create_task(live(caller, stop)) for caller in balanced]
        await roll(stack)
        stop.set()
    ends = [task.result() for task in living]
    failures = [text for caller in balanced for status, text in caller.answers if status >= 400]
    assert failures == []
    assert all(changes > 10 for _, changes in ends)
    connections = len(stack.gateways) * CLIENTS
    assert sum(caller.cut for caller in balanced) <= 2 * connections, "those open when a gateway ends, and those it had not accepted yet"
