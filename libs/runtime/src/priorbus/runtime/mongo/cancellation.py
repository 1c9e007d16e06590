"""Keeps the driver's locks whole when a task that waits in it is cancelled.

Before Python 3.12 `asyncio.wait_for` runs what it waits for in a task of its own. PyMongo waits like that on a condition: cancelled
at the wrong moment, the waiting task goes, and the inner one takes the lock of the topology for ever. Every later operation then
hangs. Seen when MongoDB is restarted under load, while leases and deadlines cancel what waits for a server.
"""

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

import pymongo.lock

T = TypeVar("T")


async def wait_for(awaitable: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - the signature of asyncio.wait_for
    """Like `asyncio.wait_for` since Python 3.12: waits in the calling task. Raises TimeoutError."""
    async with asyncio.timeout(timeout):
        return await awaitable


def mend_condition_waits() -> None:
    """Let PyMongo's conditions be waited for in the waiting task itself; nothing to do since Python 3.12."""
    if sys.version_info < (3, 12):
        pymongo.lock.wait_for = wait_for  # type: ignore[assignment, attr-defined]
