import asyncio

from pymongo.lock import _async_cond_wait, _async_create_condition, _async_create_lock

from priorbus.runtime.mongo.cancellation import mend_condition_waits


async def test_a_waiter_cancelled_while_it_takes_its_lock_back_leaves_it_free() -> None:
    mend_condition_waits()
    lock = _async_create_lock()
    condition = _async_create_condition(lock)
    waiting = asyncio.Event()

    async def wait() -> None:
        async with lock:
            waiting.set()
            await _async_cond_wait(condition, 0.01)

    waiter = asyncio.create_task(wait())
    await waiting.wait()
    async with lock:
        await asyncio.sleep(0.05)  # the waiter's time is over: it wants the lock back, which is held here
        waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert not lock.locked()
