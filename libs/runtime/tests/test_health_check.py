import asyncio

import pytest

from priorbus.runtime import health_check
from priorbus.runtime.health import Health, serve


async def exit_code(monkeypatch: pytest.MonkeyPatch, port: int) -> object:
    monkeypatch.setenv("PRIORBUS_HEALTH_PORT", str(port))

    def ask() -> object:
        with pytest.raises(SystemExit) as ended:
            health_check.main()
        return ended.value.code

    return await asyncio.to_thread(ask)


async def test_readiness_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    health = Health()
    async with serve(health, "127.0.0.1", 0) as port:
        assert await exit_code(monkeypatch, port) == 1
        health.start_accepting()
        assert await exit_code(monkeypatch, port) == 0
    assert await exit_code(monkeypatch, port) == 1
