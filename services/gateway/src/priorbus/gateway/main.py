"""The HTTP process: everything it is made of, opened in order and drained in reverse."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from priorbus.gateway.assembly import Assembly, Outside
from priorbus.gateway.http.server import ApiServer
from priorbus.gateway.middleware.gate import Gate
from priorbus.gateway.read_models.database import prepare
from priorbus.gateway.settings import DatabaseSettings, Settings
from priorbus.runtime.bus import Bus, Topology
from priorbus.runtime.clock import utc_now
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo import IndexMismatch, Lease, Store, translated_errors
from priorbus.runtime.objects import open_objects
from priorbus.runtime.process import CannotStart, Process, run_process, wait_for
from priorbus.runtime.service import background, declare, open_bus, open_store
from priorbus.runtime.settlement import StoreUnavailable

SERVICE = "gateway"
_FINISH_SECONDS = 6.0
_BACKLOG = 1024
log = structlog.get_logger()


@asynccontextmanager
async def parts(settings: Settings, process: Process) -> AsyncIterator[None]:
    """Reads work without the broker, so the start does not wait for it; without the database nothing works."""
    async with open_store(settings, SERVICE) as store, open_bus(settings, SERVICE) as bus, open_objects(settings) as objects:
        process.health.add("mongodb", store.ping)
        process.health.add("rabbitmq", connection_check(bus))
        await prepared(store, settings)
        assembly = Assembly(Outside(settings, store, objects, process.health, utc_now, new_id))
        async with bus.requests(assembly.on_late_reply) as requests:
            inside = assembly.finish(requests)
            tasks = {
                "topology": lambda: keep_declared(bus, Topology(SERVICE, commands=False)),
                "operations": lambda: Lease(store.database, "operations").run(inside.relay.run),
            }
            audit, limits = inside.audit.running(), inside.limits.running()
            feeds = inside.feeds.running()
            async with background(tasks), audit, limits, serve(inside.gate, settings.http_host, settings.http_port), feeds:
                yield
            await inside.commands.drain()
            await assembly.settler.drain()


def connection_check(bus: Bus) -> Callable[[], Awaitable[object]]:
    """A readiness check of the broker connection."""

    async def check() -> None:
        if not bus.connected:
            raise ConnectionError

    return check


async def prepared(store: Store, settings: DatabaseSettings) -> None:
    """Make collections and indexes, waiting for the database as long as it takes. Raises CannotStart when one is defined otherwise."""

    async def attempt() -> None:
        with translated_errors():
            await prepare(store.database, settings.kept())

    try:
        await wait_for("mongodb", attempt, (StoreUnavailable,))
    except IndexMismatch as error:
        raise CannotStart(str(error)) from error


async def keep_declared(bus: Bus, topology: Topology) -> None:
    """Declare once the broker is there. Raises CannotStart when it is declared otherwise."""
    await declare(bus, topology)
    await asyncio.Event().wait()


@asynccontextmanager
async def serve(gate: Gate, host: str, port: int) -> AsyncIterator[int]:
    """The HTTP server while inside; yields its port. On exit it stops listening and finishes the requests in hand."""
    runner = web.ServerRunner(ApiServer(gate.handle, gate.refuse), shutdown_timeout=_FINISH_SECONDS, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=_BACKLOG)
        await site.start()
        bound: int = runner.addresses[0][1]
        log.info("public API listens", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()


def main() -> None:
    """Run until SIGTERM."""
    run_process(SERVICE, Settings, parts)
