"""The life of one process: settings, logs, health server, signals, start, drain. Knows neither bus nor database."""

import asyncio
import gc
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
import uvloop

from priorbus.runtime import logs
from priorbus.runtime.errors import CannotStart
from priorbus.runtime.health import Health, serve
from priorbus.runtime.settings import InvalidSettings, ProcessSettings, load_settings
from priorbus.runtime.tracing import tracing

S = TypeVar("S", bound=ProcessSettings)
T = TypeVar("T")

DRAIN_SECONDS = 9.0
"""Time from SIGTERM to the end of the drain; what is unfinished then is redelivered to the next process."""
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0
_CANCEL_AGAIN = 1.0
_COLLECT_AFTER = 20_000
_EXIT_BAD_SETTINGS = 78  # EX_CONFIG of sysexits.h
__all__ = ["CannotStart", "Parts", "Process", "run_process", "wait_for"]
log = structlog.get_logger()


@dataclass
class Process:
    """What a running process offers to the parts it is made of. `stopping` is set by the first SIGTERM or SIGINT."""

    name: str
    health: Health = field(default_factory=Health)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def wait_for(dependency: str, attempt: Callable[[], Awaitable[T]], absent: tuple[type[Exception], ...]) -> T:
    """The result of `attempt`, tried again with growing delay while it raises one of `absent`; anything else goes through."""
    delay = _FIRST_DELAY
    while True:
        try:
            return await attempt()
        except absent as error:
            kind = type(error).__name__
            log.warning("dependency is not there yet, trying again", dependency=dependency, delay_seconds=round(delay, 1), error=kind)
        await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
        delay = min(delay * 2, _LONGEST_DELAY)


Parts = Callable[[S, Process], AbstractAsyncContextManager[object]]
"""Everything a process is made of: started on entry, at work while inside, drained on exit."""


def run_process(name: str, settings_type: type[S], parts: Parts[S]) -> None:
    """Run one process until SIGTERM or SIGINT; ends by SystemExit (0 after a drain, 1 after a fault, 78 with bad settings)."""
    try:
        settings = load_settings(settings_type)
    except InvalidSettings as error:
        sys.stderr.write(f"priorbus {name}: {error}\n")
        raise SystemExit(_EXIT_BAD_SETTINGS) from None
    logs.configure(name, settings.log_level)
    raise SystemExit(uvloop.run(_supervise(name, settings, parts)))


async def _supervise(name: str, settings: S, parts: Parts[S]) -> int:
    process = Process(name)
    try:
        async with serve(process.health, settings.health_host, settings.health_port):
            work = asyncio.create_task(_work(process, settings, parts), name="work")
            _stop_on_signals(process, work)
            await work
    except asyncio.CancelledError:
        log.info("stopped")
    except TimeoutError as error:
        log.error("stopped before the drain was over", error=error)  # noqa: TRY400 - the stack adds nothing
        return 1
    except CannotStart as error:
        log.critical("can not start", reason=str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - the end of the process is the handling
        log.critical("process failed", error=error)
        return 1
    return 0


async def _work(process: Process, settings: S, parts: Parts[S]) -> None:
    limit = asyncio.timeout(None)
    with tracing(process.name, settings.otlp_endpoint, settings.trace_ratio):
        await _work_traced(process, settings, parts, limit)


async def _work_traced(process: Process, settings: S, parts: Parts[S], limit: asyncio.Timeout) -> None:
    async with limit, parts(settings, process):
        _spare_collector()
        process.health.start_accepting()
        log.info("started")
        try:
            await process.stopping.wait()
        finally:
            process.health.stop_accepting()
        log.info("draining")
        limit.reschedule(asyncio.get_running_loop().time() + DRAIN_SECONDS)
    log.info("drained")


def _spare_collector() -> None:
    """Take what was loaded at the start out of the garbage collector's rounds, which would walk through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


def _stop_on_signals(process: Process, work: asyncio.Task[None]) -> None:
    """First signal: drain, or give up starting. Second signal: give up draining."""
    loop = asyncio.get_running_loop()

    def give_up() -> None:
        # Drivers swallow a cancellation now and then, so one may not be enough.
        if not work.done():
            work.cancel()
            loop.call_later(_CANCEL_AGAIN, give_up)

    def stop(name: str) -> None:
        log.info("signal received", signal=name)
        if process.stopping.is_set() or not process.health.accepting:
            give_up()
        process.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number.name)
