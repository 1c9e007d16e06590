"""One holder at a time."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from pymongo.read_concern import ReadConcern

from priorbus.runtime.mongo import Lease, Store
from priorbus.runtime.mongo.lease import LEASES


class Work:
    """Notes when it starts and ends."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self) -> None:
        self.started.set()
        self.ended.clear()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def _stop(task: asyncio.Future[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_second_holder_waits_for_a_clean_stop(store: Store) -> None:
    first, second = Work(), Work()
    holding = asyncio.ensure_future(Lease(store.database, "task").run(first))
    await first.started.wait()
    waiting = asyncio.ensure_future(Lease(store.database, "task").run(second))
    other = Work()
    beside = asyncio.ensure_future(Lease(store.database, "other task").run(other))
    await other.started.wait()
    assert not second.started.is_set()
    await _stop(holding)
    await second.started.wait()
    assert first.ended.is_set()
    await _stop(waiting)
    await _stop(beside)


async def test_a_dead_holder_is_replaced_once_its_time_is_over(store: Store) -> None:
    next_ = Work()
    lease = Lease(store.database, "task", seconds=0.3)
    assert await lease._acquire()
    holding = asyncio.ensure_future(Lease(store.database, "task", seconds=0.3).run(next_))
    async with asyncio.timeout(20):
        await next_.started.wait()
    await _stop(holding)


async def test_who_lost_the_lease_stops_working(store: Store) -> None:
    work = Work()
    holding = asyncio.ensure_future(Lease(store.database, "task", seconds=0.4).run(work))
    await work.started.wait()
    await store.database[LEASES].update_one({"_id": "task"}, {"$set": {"owner": "another", "expires_at": datetime(2100, 1, 1, tzinfo=UTC)}})
    async with asyncio.timeout(20):
        await work.ended.wait()
    await _stop(holding)


async def test_the_end_of_the_work_is_the_end(store: Store) -> None:
    async def work() -> None:
        return

    await Lease(store.database, "task").run(work)
    # a lease does not wait for the journal, and a majority sees only what is in it
    row = await store.database.get_collection(LEASES, read_concern=ReadConcern("local")).find_one({"_id": "task"})
    assert row is not None
    assert row["owner"] == ""
