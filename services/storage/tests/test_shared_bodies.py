import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from priorbus.runtime.objects import ObjectMissing
from priorbus.runtime.testing.objects import MemoryObjectStore
from priorbus.storage.domain.inline_content import NotThere
from priorbus.storage.shared_bodies import SharedBodies

KEY = "raw/t_a/x"


class Counting(MemoryObjectStore):
    """Counts reads, and lets others come in between."""

    reads = 0

    @asynccontextmanager
    async def get(self, key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        self.reads += 1
        await asyncio.sleep(0)
        async with super().get(key) as chunks:
            yield chunks


@pytest.fixture
def objects() -> Counting:
    return Counting()


async def look(bodies: SharedBodies) -> object:
    async with bodies.open(KEY) as body:
        await asyncio.sleep(0)
        return body


async def test_who_comes_together_reads_once_and_who_comes_later_reads_anew(objects: Counting) -> None:
    await objects.put(KEY, json.dumps({"a": 1}).encode(), content_type="application/json")
    bodies = SharedBodies(objects)
    assert await asyncio.gather(*(look(bodies) for _ in range(10))) == [{"a": 1}] * 10
    assert objects.reads == 1
    await objects.put(KEY, b"[]", content_type="application/json")
    assert await look(bodies) == []
    assert objects.reads == 2


async def test_a_cancelled_reader_leaves_the_others_alone(objects: Counting) -> None:
    await objects.put(KEY, b"[1]", content_type="application/json")
    bodies = SharedBodies(objects)
    first, second = [asyncio.create_task(look(bodies)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    assert await second == [1]


@pytest.mark.parametrize(("body", "error"), [(None, ObjectMissing), (b"{", NotThere), (b"\xff\xfe", NotThere)])
async def test_what_can_not_be_read_is_told_to_everybody(objects: Counting, body: bytes | None, error: type[Exception]) -> None:
    if body is not None:
        await objects.put(KEY, body, content_type="application/json")
    bodies = SharedBodies(objects)
    outcomes = await asyncio.gather(*(look(bodies) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [error] * 3
