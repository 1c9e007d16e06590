"""Keeping a channel: open, use, and open again after every loss."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from aiormq.channel import Channel

from priorbus.runtime.bus.link import CHANNEL_FAILURES, Link, library_cancellation, until_closed
from priorbus.runtime.bus.tasks import end

_REOPEN_SECONDS = 0.2
log = structlog.get_logger()


@asynccontextmanager
async def lasting_channel(
    link: Link, name: str, opened: Callable[[Channel], Awaitable[None]], closed: Callable[[], None], *, confirms: bool
) -> AsyncIterator[None]:
    """Call `opened` with every new channel and `closed` after the end of each, in the background, as long as the context lasts."""
    task = asyncio.create_task(_keep(link, name, opened, closed, confirms=confirms))
    try:
        yield
    finally:
        await end(task)


async def _keep(link: Link, name: str, opened: Callable[[Channel], Awaitable[None]], closed: Callable[[], None], *, confirms: bool) -> None:
    while True:
        try:
            with library_cancellation():
                channel = await link.channel(confirms=confirms)
        except CHANNEL_FAILURES as error:
            log.warning("bus.channel_not_opened", use=name, error=type(error).__name__)
            await asyncio.sleep(_REOPEN_SECONDS)
            continue
        try:
            with library_cancellation():
                await opened(channel)
            await until_closed(channel)
            log.warning("bus.channel_lost", use=name)
        except CHANNEL_FAILURES as error:
            log.warning("bus.channel_lost", use=name, error=type(error).__name__)
        finally:
            closed()
            await close_channel(channel)
        await asyncio.sleep(_REOPEN_SECONDS)


async def close_channel(channel: Channel) -> None:
    """Close a channel if it still is open; a dead connection does not matter."""
    with suppress(*CHANNEL_FAILURES), library_cancellation():
        await channel.close()
