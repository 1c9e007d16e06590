"""What is due is delivered: again after a failure, and without waiting for slow receivers."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from priorbus.runtime.deliveries import Dispatcher, Due, InHand
from priorbus.runtime.mongo import Lease, Store


class Receivers:
    """Things due in memory, `lane/number`; lanes in `slow` block, keys in `broken` fail once."""

    def __init__(self, *keys: str) -> None:
        self.waiting = list(keys)
        self.delivered: list[str] = []
        self.slow: set[str] = set()
        self.broken: set[str] = set()
        self.most_at_once: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._changed = asyncio.Condition()

    async def find(self, in_hand: InHand, limit: int) -> Sequence[Due[str]]:
        free = [key for key in self.waiting if key not in in_hand.keys and lane_of(key) not in in_hand.full_lanes]
        return [Due(key, lane_of(key), key) for key in free[:limit]]

    async def deliver(self, key: str) -> None:
        lane = lane_of(key)
        self._now[lane] += 1
        self.most_at_once[lane] = max(self.most_at_once[lane], self._now[lane])
        try:
            await (asyncio.Event().wait() if lane in self.slow else asyncio.sleep(0))
            if key in self.broken:
                self.broken.remove(key)
                raise ValueError(key)
        finally:
            self._now[lane] -= 1
        async with self._changed:
            self.waiting.remove(key)
            self.delivered.append(key)
            self._changed.notify_all()

    async def until(self, *keys: str) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: set(keys) <= set(self.delivered))


def lane_of(key: str) -> str:
    return key.partition("/")[0]


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_one_receiver_gets_one_after_the_other(store: Store) -> None:
    receivers = Receivers("a/1", "a/2", "b/1", "a/3")
    running = asyncio.create_task(Dispatcher(Lease(store.database, "sending"), receivers.find, receivers.deliver).run())
    await receivers.until("a/1", "a/2", "a/3", "b/1")
    await stopped(running)
    assert [key for key in receivers.delivered if lane_of(key) == "a"] == ["a/1", "a/2", "a/3"]
    assert receivers.most_at_once["a"] == 1


async def test_a_slow_receiver_holds_up_nobody(store: Store) -> None:
    receivers = Receivers("slow/1", "slow/2", "slow/3", "quick/1", "quick/2")
    receivers.slow.add("slow")
    dispatcher = Dispatcher(Lease(store.database, "sending"), receivers.find, receivers.deliver, at_once=3, per_lane=2)
    running = asyncio.create_task(dispatcher.run())
    await receivers.until("quick/1", "quick/2")
    await stopped(running)
    assert receivers.most_at_once["slow"] == 2


async def test_what_could_not_be_recorded_is_delivered_again(store: Store) -> None:
    receivers = Receivers("a/1", "b/1")
    receivers.broken.add("a/1")
    running = asyncio.create_task(Dispatcher(Lease(store.database, "sending"), receivers.find, receivers.deliver).run())
    await receivers.until("a/1", "b/1")
    await stopped(running)
    assert receivers.delivered == ["b/1", "a/1"]


async def test_another_process_goes_on_with_what_was_under_way(store: Store) -> None:
    receivers = Receivers("a/1")
    receivers.slow.add("a")
    first = asyncio.create_task(Dispatcher(Lease(store.database, "sending"), receivers.find, receivers.deliver).run())
    async with asyncio.timeout(20):
        while not receivers.most_at_once["a"]:
            await asyncio.sleep(0.01)
    second = asyncio.create_task(Dispatcher(Lease(store.database, "sending"), receivers.find, receivers.deliver).run())
    receivers.slow.clear()
    await stopped(first)
    await receivers.until("a/1")
    await stopped(second)
