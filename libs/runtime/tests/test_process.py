"""A process from its start to its exit code, in a process of its own."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from priorbus.runtime.process import wait_for

PROGRAM = """
import asyncio, sys
from contextlib import asynccontextmanager
from priorbus.runtime.process import CannotStart, run_process, wait_for
from priorbus.runtime import process
from priorbus.runtime.settings import ProcessSettings
import structlog

log = structlog.get_logger()

@asynccontextmanager
async def parts(settings, running):
    kind = sys.argv[1]
    if kind == "refused":
        raise CannotStart("queue x is declared otherwise")
    if kind == "absent":
        async def attempt():
            raise ConnectionError("mongodb://user:secret@host")
        await wait_for("mongodb", attempt, (ConnectionError,))
    if kind == "deaf":
        process._CANCEL_AGAIN = 0.05
        log.info("deaf")
        for _ in range(3):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.info("not heard")
        await asyncio.Event().wait()
    if kind == "slow":
        process.DRAIN_SECONDS = 0.05
    async with asyncio.TaskGroup() as group:
        if kind == "broken":
            async def task():
                raise ValueError("secret")
            group.create_task(task())
        yield
    if kind == "slow":
        await asyncio.sleep(60)
    log.info("closed")

run_process("probe", ProcessSettings, parts)
"""
Start = Callable[..., Any]


class Running:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    async def until(self, event: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(orjson.loads(line))
            if self.lines[-1]["event"] == event:
                return self.lines[-1]
        raise AssertionError(f"ended before it logged {event!r}: {self.lines}")


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRIORBUS_")}
    started: list[Process] = []

    async def start(kind: str, **settings: str) -> Running:
        given = environment | settings
        started.append(await asyncio.create_subprocess_exec(sys.executable, str(program), kind, env=given, stdout=PIPE, stderr=PIPE))
        return Running(started[-1])

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains(start: Start, number: signal.Signals) -> None:
    running = await start("plain")
    await running.until("started")
    running.process.send_signal(number)
    await running.until("draining")
    await running.until("closed")
    await running.until("drained")
    assert await running.process.wait() == 0


async def test_a_drain_that_takes_too_long_is_given_up(start: Start) -> None:
    running = await start("slow")
    await running.until("started")
    running.process.send_signal(signal.SIGTERM)
    await running.until("stopped before the drain was over")
    assert await running.process.wait() == 1


async def test_waiting_for_a_dependency_can_be_stopped(start: Start) -> None:
    running = await start("absent")
    waiting = await running.until("dependency is not there yet, trying again")
    assert (waiting["dependency"], waiting["error"]) == ("mongodb", "connection")
    running.process.send_signal(signal.SIGTERM)
    await running.until("stopped")
    assert await running.process.wait() == 0


async def test_code_that_swallows_cancellations_is_cancelled_again(start: Start) -> None:
    running = await start("deaf")
    await running.until("deaf")
    running.process.send_signal(signal.SIGTERM)
    await running.until("stopped")
    assert [line["event"] for line in running.lines].count("not heard") == 3
    assert await running.process.wait() == 0


async def test_a_failed_part_ends_the_process(start: Start) -> None:
    running = await start("broken")
    failed = await running.until("process failed")
    assert [member["kind"] for member in failed["error"]["errors"]] == ["value"]
    assert "secret" not in str(running.lines)
    assert await running.process.wait() == 1


async def test_what_an_operator_must_do_is_told(start: Start) -> None:
    running = await start("refused")
    assert (await running.until("can not start"))["reason"] == "queue x is declared otherwise"
    assert await running.process.wait() == 1


async def test_a_health_port_that_is_taken(start: Start) -> None:
    first = await start("plain")
    port = (await first.until("health server listens"))["port"]
    second = await start("plain", PRIORBUS_HEALTH_PORT=str(port))
    assert str(port) in (await second.until("can not start"))["reason"]
    assert await second.process.wait() == 1


async def test_other_failures_of_an_attempt_go_through() -> None:
    async def attempt() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await wait_for("mongodb", attempt, (ConnectionError,))


async def test_the_result_of_the_attempt_that_succeeds() -> None:
    outcomes = iter([ConnectionError(), None])

    async def attempt() -> str:
        error = next(outcomes)
        if error is not None:
            raise error
        return "there"

    assert await wait_for("mongodb", attempt, (ConnectionError,)) == "there"
