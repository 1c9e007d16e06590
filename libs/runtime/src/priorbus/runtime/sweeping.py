"""What the sweepers of object stores share: a page at a time, for ever, whatever is away meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import structlog

from priorbus.runtime.group import ExecutionFailed
from priorbus.runtime.objects import StorageUnavailable
from priorbus.runtime.settlement import StoreUnavailable

T = TypeVar("T")
log = structlog.get_logger()


async def first(count: int, items: AsyncIterator[T]) -> list[T]:
    """As many, or all there are."""
    page: list[T] = []
    async for item in items:
        page.append(item)
        if len(page) == count:
            break
    return page


async def keep_sweeping(sweep: Callable[[], Awaitable[int]], seconds: float) -> None:
    """Sweep for ever, with a pause before each time; a store that is away is met again next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            removed = await sweep()
        except (StorageUnavailable, StoreUnavailable, ExecutionFailed) as error:
            log.warning("sweep postponed", error=error)
        else:
            log.info("swept", count=removed)
