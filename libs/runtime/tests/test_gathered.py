"""Reads that share a query."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pytest

from priorbus.runtime.clock import FixedClock
from priorbus.runtime.gathered import Gathered, GatheredReader
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.testing import MemoryStore
from priorbus.runtime.testing.ledger import ACCOUNTS, Account


@dataclass
class Loads:
    """Each load waits for its turn, or fails; every key but `absent` has a value."""

    asked: list[list[str]] = field(default_factory=list)
    turns: asyncio.Queue[Exception | None] = field(default_factory=asyncio.Queue)

    async def __call__(self, keys: Collection[str]) -> Mapping[str, int]:
        self.asked.append(list(keys))
        failure = await self.turns.get()
        if failure is not None:
            raise failure
        return {key: len(self.asked) for key in keys if key != "absent"}


async def test_what_is_wanted_during_a_query_shares_the_next_one() -> None:
    loads = Loads()
    gathered = Gathered(loads)
    first = asyncio.create_task(gathered.get("a"))
    while not loads.asked:
        await asyncio.sleep(0)
    others = [asyncio.create_task(gathered.get(key)) for key in ("a", "b", "a", "absent")]
    await asyncio.sleep(0)
    for _ in range(2):
        loads.turns.put_nowait(None)
    assert await first == 1
    assert await asyncio.gather(*others) == [2, 2, 2, None]
    assert loads.asked == [["a"], ["a", "b", "absent"]]


async def test_a_failure_is_everybodys_and_the_next_query_goes_on() -> None:
    loads = Loads()
    gathered = Gathered(loads)
    failing = [asyncio.create_task(gathered.get(key)) for key in "ab"]
    loads.turns.put_nowait(StoreUnavailable())
    assert [type(one) for one in await asyncio.gather(*failing, return_exceptions=True)] == [StoreUnavailable] * 2
    loads.turns.put_nowait(None)
    assert await gathered.get("a") == 2


async def test_one_that_gives_up_leaves_the_others_alone() -> None:
    loads = Loads()
    gathered = Gathered(loads)
    leaving, staying = (asyncio.create_task(gathered.get("a")) for _ in range(2))
    while not loads.asked:
        await asyncio.sleep(0)
    leaving.cancel()
    loads.turns.put_nowait(None)
    assert await staying == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_aggregates_are_read_as_committed() -> None:
    store = MemoryStore()
    reader = GatheredReader(store)
    await store.put(ACCOUNTS, "t_a", Account(id="a", tenant="t_a", opened_at=FixedClock()()))
    found = await asyncio.gather(*(reader.get(ACCOUNTS, tenant, "a") for tenant in ("t_a", "t_b", "t_a")))
    assert [account is not None for account in found] == [True, False, True]
