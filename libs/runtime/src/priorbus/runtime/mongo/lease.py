"""One holder at a time for a task that must not run everywhere at once (relay, timers)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import structlog

from priorbus.runtime.mongo.driver import QUICK, Database
from priorbus.runtime.mongo.errors import Conflict, translated_errors
from priorbus.runtime.settlement import StoreUnavailable

LEASES = "leases"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
log = structlog.get_logger()


class Lease:
    """A row in `leases`: owner, and expiry by the database's clock.

    Two holders are possible for a moment (a process that was stopped for a while and goes on), so what runs under a lease must bear
    that: it saves work, it does not protect anything. After a clean stop the next holder is there within `poll_seconds`, after a
    crash within `seconds`.
    """

    def __init__(self, database: Database, name: str, *, seconds: float = 4.0, poll_seconds: float = 0.25) -> None:
        self.name = name
        self._rows = database.get_collection(LEASES, write_concern=QUICK)
        self._owner = uuid4().hex
        self._seconds = seconds
        self._poll_seconds = poll_seconds

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` whenever this lease is held; ends when `work` does or when cancelled, and gives the lease back then.

        `work` is cancelled when the lease is lost and started again when it is got back.
        """
        try:
            while not await self._run_once(work):
                log.warning("lease lost", lease=self.name)
        finally:
            with suppress(StoreUnavailable):
                await self._release()

    async def _run_once(self, work: Callable[[], Awaitable[None]]) -> bool:
        while not await self._acquire():  # noqa: ASYNC110 - the holder is another process
            await asyncio.sleep(self._poll_seconds)
        log.info("lease acquired", lease=self.name)
        working = asyncio.ensure_future(work())
        renewing = asyncio.ensure_future(self._renew_until_lost())
        try:
            await asyncio.wait((working, renewing), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            return working.done()
        finally:
            for task in (working, renewing):
                task.cancel()
            await asyncio.gather(working, renewing, return_exceptions=True)

    async def _renew_until_lost(self) -> None:
        """Returns when the row is another's, or when it could not be renewed in time."""
        loop = asyncio.get_running_loop()
        valid_until = loop.time() + self._seconds
        while loop.time() < valid_until:
            await asyncio.sleep(self._seconds / 4)
            asked = loop.time()
            try:
                with translated_errors():
                    done = await self._rows.update_one({"_id": self.name, "owner": self._owner}, self._extension())
            except (StoreUnavailable, Conflict):
                continue
            if not done.matched_count:
                return
            valid_until = asked + self._seconds

    async def _acquire(self) -> bool:
        free = {"$or": [{"owner": self._owner}, {"$expr": {"$lte": ["$expires_at", "$$NOW"]}}]}
        try:
            with translated_errors():
                taken = await self._rows.update_one({"_id": self.name, **free}, self._extension())
                if taken.matched_count:
                    return True
                # the first time: an upsert can not compare with the database's clock
                await self._rows.insert_one({"_id": self.name, "owner": "", "expires_at": _LONG_AGO})
        except (StoreUnavailable, Conflict):
            return False
        return await self._acquire()

    def _extension(self) -> list[dict[str, object]]:
        expiry = {"$add": ["$$NOW", int(self._seconds * 1000)]}
        return [{"$set": {"owner": self._owner, "expires_at": expiry}}]

    async def _release(self) -> None:
        with translated_errors():
            await self._rows.update_one({"_id": self.name, "owner": self._owner}, {"$set": {"owner": "", "expires_at": _LONG_AGO}})
