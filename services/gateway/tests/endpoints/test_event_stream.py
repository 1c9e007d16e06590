import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from priorbus.devstack.event_stream import EventStreamReader, event_stream
from priorbus.gateway.events.log import EventLog
from priorbus.gateway.read_models import event_log


class Log:
    """Appends events one row at a time."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self._log = EventLog(world.store.database)
        self._count = 0

    async def add(self, count: int = 1, *, tenant: str = "t_one", kind: str = "file.created") -> None:
        for _ in range(count):
            self._count += 1
            name = f"f{self._count}"
            row = event_log.document(name, tenant, "file/f1", [kind], [json.dumps({"id": f"evt_{name}"}).encode()])
            async with self._world.store.client.transaction() as session:
                await self._log.append(session, [row], self._world.clock())


@pytest.fixture
async def quick(make_world: Any) -> AsyncIterator[Any]:
    """A world whose streams give signs of life often."""
    async with make_world(ping_seconds=0.2) as world:
        yield world


@pytest.fixture
def log(quick: Any) -> Log:
    return Log(quick)


@pytest.fixture
async def key(quick: Any) -> str:
    made: str = await quick.key("events:read")
    return made


async def ids(stream: EventStreamReader, count: int) -> list[str | None]:
    async with asyncio.timeout(20):
        return [frame.id for frame in await stream.take(count)]


async def last_received(stream: EventStreamReader) -> int:
    """Read until the server breaks the connection off."""
    received = 0
    with suppress(aiohttp.ClientError):
        while (frame := await stream.next()) is not None:
            received = int(frame.id or received)
    return received


async def test_the_first_frame_then_events_as_they_come(quick: Any, log: Log, key: str) -> None:
    await log.add(2)
    async with event_stream(quick.url, key) as stream:
        assert stream.status == 200
        assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["Cache-Control"] == "no-store"
        assert stream.headers["X-Accel-Buffering"] == "no"
        (first,) = await stream.take(1)
        assert (first.retry, first.id, first.event, first.data) == ("3000", "2", None, None)
        await log.add()
        (event,) = await stream.take(1)
        assert (event.id, event.event, event.data) == ("3", "file.created", '{"id": "evt_f3"}')


async def test_resume_from_any_position_then_live(quick: Any, log: Log, key: str) -> None:
    await log.add(5)
    async with event_stream(quick.url, key, last="2") as stream:
        assert await ids(stream, 4) == ["2", "3", "4", "5"]
        await log.add(2)
        assert await ids(stream, 2) == ["6", "7"]


async def test_an_unknown_position_is_answered_with_a_reset(quick: Any, log: Log, key: str) -> None:
    await log.add(3)
    for count, last in enumerate(("99", "x", "-1", "", "003"), start=3):
        async with event_stream(quick.url, key, last=last) as stream:
            first, reset = await stream.take(2)
            assert (first.id, reset.event, json.loads(reset.data or "")) == (str(count), "reset", {"head": str(count)})
            await log.add()
            assert await ids(stream, 1) == [str(count + 1)]


async def test_an_expired_position_is_answered_with_a_reset(quick: Any, log: Log, key: str) -> None:
    await log.add(3)
    await quick.store.database["event_log"].delete_many({"last": {"$lte": 2}})
    async with event_stream(quick.url, key, last="1") as stream:
        assert [frame.event for frame in await stream.take(2)] == [None, "reset"]
    async with event_stream(quick.url, key, last="2") as stream:
        assert [frame.event for frame in await stream.take(2)] == [None, "file.created"]


async def test_filters_and_tenants(quick: Any, log: Log, key: str) -> None:
    async with event_stream(quick.url, key, query="?type=authorization.*") as stream:
        await stream.take(1)
        await log.add(3)
        await log.add(2, tenant="t_two", kind="authorization.created")
        await log.add(kind="authorization.created")
        assert await ids(stream, 1) == ["4"]


async def test_signs_of_life(quick: Any, key: str) -> None:
    async with event_stream(quick.url, key) as stream, asyncio.timeout(20):
        await stream.take(1)
        frame = await stream.next()
        assert frame is not None
        assert frame.comment == "ping"


async def test_a_revoked_key_ends_the_stream(quick: Any, key: str) -> None:
    async with event_stream(quick.url, key) as stream, asyncio.timeout(20):
        await stream.take(1)
        await quick.store.database["api_keys"].update_many({}, {"$set": {"revoked_at": quick.clock()}})
        while await stream.next() is not None:
            pass


async def test_no_more_than_five_streams_of_one_client(quick: Any, key: str) -> None:
    streams = [event_stream(quick.url, key) for _ in range(5)]
    for stream in streams:
        await (await stream.__aenter__()).take(1)
    async with event_stream(quick.url, key) as refused:
        assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
        assert json.loads(await refused.response.read())["code"] == "rate_limited"
    async with event_stream(quick.url, await quick.key("events:read")) as other:
        assert other.status == 200
    for stream in streams:
        await stream.__aexit__(None, None, None)
    async with asyncio.timeout(20):
        while True:
            async with event_stream(quick.url, key) as again:
                if again.status == 200:
                    break


async def test_a_key_in_the_query_is_none(quick: Any, key: str) -> None:
    async with event_stream(quick.url, None, query=f"?key={key}") as refused:
        assert refused.status == 401


async def test_streams_end_when_the_process_stops(make_world: Any) -> None:
    async with make_world() as world:
        log = Log(world)
        stream = event_stream(world.url, await world.key("events:read"))
        opened = await stream.__aenter__()
        await opened.take(1)
        await log.add()
        assert await ids(opened, 1) == ["1"]
        async with world.inside.feeds.running():
            pass
        async with asyncio.timeout(20):
            assert await opened.next() is None
        await stream.__aexit__(None, None, None)


async def test_a_client_that_does_not_read_is_cut_off_and_resumes(quick: Any, key: str) -> None:
    quick.inside.feeds.room = 3
    body = json.dumps({"id": "evt", "padding": "x" * 300_000}).encode()
    appended = EventLog(quick.store.database)

    async def add(name: str) -> None:
        async with quick.store.client.transaction() as session:
            await appended.append(session, [event_log.document(name, "t_one", "file/f1", ["file.created"], [body])], quick.clock())

    async with event_stream(quick.url, key) as stream:
        await stream.take(1)
        for number in range(60):
            await add(f"big{number}")
        received = await last_received(stream)
    assert received < 60
    async with event_stream(quick.url, key, last=str(received)) as stream:
        assert (await ids(stream, 61 - received))[-1] == "60"
