import asyncio
from typing import Any

from priorbus.gateway.read_models.guarded import WriteThrough
from priorbus.runtime.mongo import Store


def document(rank: int, name: str = "a") -> dict[str, Any]:
    return {"_id": name, "rank": rank}


async def ranks(store: Store) -> dict[str, int]:
    return {row["_id"]: row["rank"] for row in await store.database["states"].find().to_list(None)}


async def test_many_writes_at_once_leave_the_newest(store: Store) -> None:
    writes = WriteThrough(store.database["states"])
    await asyncio.gather(*(writes.write(document(rank, name)) for rank in (3, 9, 1) for name in "ab"))
    assert await ranks(store) == {"a": 9, "b": 9}


async def test_an_older_state_is_dropped_without_an_error(store: Store) -> None:
    writes = WriteThrough(store.database["states"])
    await writes.write(document(5))
    await asyncio.gather(writes.write(document(4)), writes.write(document(1, "b")))
    assert await ranks(store) == {"a": 5, "b": 1}
