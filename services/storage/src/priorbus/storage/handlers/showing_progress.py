"""Lets a file be seen as `uploaded` while a completion takes its time (authorizations.md 8.3.1)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog

from priorbus.contracts.facts.storage import FileProgressed
from priorbus.contracts.files import File
from priorbus.runtime.handling import Context, Outside, TransientError
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.work import Ref
from priorbus.storage.aggregates import FILES
from priorbus.storage.domain.files import uploaded

log = structlog.get_logger()
AT_ONCE_SECONDS = 1.0
"""A completion that is over by then is not worth a transaction of its own."""


@asynccontextmanager
async def showing_progress(outside: Outside, file: File, seconds: float = AT_ONCE_SECONDS) -> AsyncIterator[Callable[[], None]]:
    """Call what it gives when the bytes are there; from `seconds` later until the completion's own commit the file is `uploaded`."""
    arrived, over = asyncio.Event(), asyncio.Event()
    showing = asyncio.create_task(_show(outside, file, seconds, arrived, over))
    try:
        yield arrived.set
    finally:
        over.set()
        arrived.set()
        # A commit that has begun is awaited: the completion's own one must come after it.
        await showing


async def _show(outside: Outside, file: File, seconds: float, arrived: asyncio.Event, over: asyncio.Event) -> None:
    await arrived.wait()
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        await _mark(outside, file)


async def _mark(outside: Outside, file: File) -> None:
    async def mark(context: Context) -> dict[str, Any]:
        found = await context.work.get(FILES, context.tenant, file.id)
        if found is not None and found.status == "pending_upload":
            changed = uploaded(found)
            context.work.put(FILES, context.tenant, changed)
            context.work.publish(FileProgressed(file=changed, events=()))
        return {}

    try:
        await outside.commit("uploaded", mark, (Ref(FILES, file.tenant, file.id),))
    except (TransientError, StoreUnavailable) as error:
        log.warning("progress not shown", error=type(error).__name__)
