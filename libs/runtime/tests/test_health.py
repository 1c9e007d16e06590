import asyncio

import aiohttp
import pytest

from priorbus.runtime import health
from priorbus.runtime.health import Health


async def fine() -> None:
    return


async def broken() -> None:
    raise ConnectionError("mongodb://user:secret@host")


async def silent() -> None:
    await asyncio.Event().wait()


async def test_ready_only_once_the_process_accepts_work() -> None:
    state = Health({"mongodb": fine})
    assert await state.failing() == ["process"]
    state.start_accepting()
    assert await state.failing() == []
    state.stop_accepting()
    assert await state.failing() == ["process"]


async def test_broken_and_silent_dependencies_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT", 0.01)
    state = Health({"mongodb": broken, "rabbitmq": fine})
    state.add("object store", silent)
    state.start_accepting()
    assert await state.failing() == ["mongodb", "object store"]


async def test_a_dependency_that_is_added_while_others_are_asked_counts_from_the_next_time() -> None:
    async def adding() -> None:
        state.add("object store", broken)

    state = Health({"mongodb": adding})
    state.start_accepting()
    assert [await state.failing() for _ in range(2)] == [[], ["object store"]]


async def test_the_three_paths() -> None:
    state = Health({"mongodb": broken})
    async with health.serve(state, "127.0.0.1", 0) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        async with http.get("/health") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok"})
        async with http.get("/health/ready") as answer:
            text = await answer.text()
            assert answer.status == 503
            assert "secret" not in text
        async with http.get("/metrics") as answer:
            assert "# TYPE priorbus_ready gauge" in await answer.text()
        async with http.get("/nothing") as answer:
            assert answer.status == 404
