import asyncio

import pytest

from priorbus.gateway.gathering import Gathering


async def test_what_comes_while_a_batch_runs_is_one_batch() -> None:
    batches: list[list[int]] = []
    gate = asyncio.Event()

    async def work(items: list[int]) -> None:
        batches.append(items)
        await gate.wait()

    gathering = Gathering(work)
    first = asyncio.create_task(gathering.add(1))
    while not batches:
        await asyncio.sleep(0)
    others = [asyncio.create_task(gathering.add(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *others)
    assert batches == [[1], [2, 3]]


async def test_a_failure_reaches_everyone_in_the_batch_and_nobody_else() -> None:
    async def work(items: list[int]) -> None:
        if 1 in items:
            raise ValueError

    gathering = Gathering(work)
    results = await asyncio.gather(gathering.add(1), gathering.add(2), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError, ValueError]
    await gathering.add(3)


async def test_one_who_gives_up_does_not_stop_the_others() -> None:
    gate, done = asyncio.Event(), list[int]()

    async def work(items: list[int]) -> None:
        await gate.wait()
        done.extend(items)

    gathering = Gathering(work)
    impatient, patient = asyncio.create_task(gathering.add(1)), asyncio.create_task(gathering.add(2))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    gate.set()
    await patient
    assert done == [1, 2]
