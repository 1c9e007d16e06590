"""A broker that neither confirms nor closes: drop the connection and start anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from priorbus.runtime.bus.link import Link
from priorbus.runtime.bus.pipe import Pipe
from priorbus.runtime.bus.tasks import end

STUCK_SECONDS = 60.0
log = structlog.get_logger()


@asynccontextmanager
async def watch(link: Link, pipe: Pipe, *, stuck_seconds: float = STUCK_SECONDS) -> AsyncIterator[None]:
    """Reset the link when a message has been unsettled for so long, or its room would never be given back."""
    task = asyncio.create_task(_watch(link, pipe, stuck_seconds))
    try:
        yield
    finally:
        await end(task)


async def _watch(link: Link, pipe: Pipe, stuck_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(stuck_seconds / 4)
        oldest = pipe.oldest()
        if oldest is not None and loop.time() - oldest > stuck_seconds:
            log.warning("bus.publisher_stuck", seconds=round(loop.time() - oldest))
            await link.reset()
