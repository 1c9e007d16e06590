"""Liveness, readiness and metrics of a process over HTTP (Conventions 2 "Health")."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson
import structlog
from aiohttp import web

from priorbus.runtime import metrics
from priorbus.runtime.errors import CannotStart

Check = Callable[[], Awaitable[object]]
"""Asks one dependency for a sign of life; raises when there is none."""

CHECK_TIMEOUT = 1.0


log = structlog.get_logger()


class Health:
    """Whether this process can work: it has been told so, and every dependency answers."""

    def __init__(self, checks: dict[str, Check] | None = None) -> None:
        self._checks = checks or {}
        self._accepting = False

    def add(self, dependency: str, check: Check) -> None:
        """Make readiness depend on one more thing."""
        self._checks[dependency] = check

    @property
    def accepting(self) -> bool:
        """Whether the process said that it takes work."""
        return self._accepting

    def start_accepting(self) -> None:
        """Say that the process takes work: topology, indexes and consumers are up."""
        self._accepting = True
        metrics.READY.set(1)

    def stop_accepting(self) -> None:
        """Say that the process takes no more work."""
        self._accepting = False
        metrics.READY.set(0)

    async def failing(self) -> list[str]:
        """Names of what keeps the process from being ready; empty means ready."""
        checks = dict(self._checks)  # a process that starts adds to them meanwhile
        answers = await asyncio.gather(*(self._answers(check) for check in checks.values()))
        down = [name for name, answer in zip(checks, answers, strict=True) if not answer]
        return down if self._accepting else ["process", *down]

    async def _answers(self, check: Check) -> bool:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                await check()
        except Exception:  # noqa: BLE001 - whatever it is, the dependency is not there
            return False
        return True


def application(health: Health) -> web.Application:
    """`/health` (process), `/health/ready` (dependencies), `/metrics`."""

    async def live(_request: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def ready(_request: web.Request) -> web.Response:
        failing = await health.failing()
        if failing:
            return _json({"status": "not_ready", "failing": failing}, status=503)
        return _json({"status": "ready", "failing": []})

    async def exposition(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})

    app = web.Application()
    app.add_routes([web.get("/health", live), web.get("/health/ready", ready), web.get("/metrics", exposition)])
    return app


def _json(body: dict[str, object], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def serve(health: Health, host: str, port: int) -> AsyncIterator[int]:
    """The health server while inside; yields its port (asked for 0: a free one)."""
    runner = web.AppRunner(application(health), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise CannotStart(f"the health server can not listen on {host}:{port}") from error
        bound: int = runner.addresses[0][1]
        log.info("health server listens", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()
