import asyncio
from typing import Any

from priorbus.devstack.client import AUTHORIZATIONS
from priorbus.gateway.read_models import timeline


def entry(sequence: int) -> dict[str, Any]:
    return {
        "id": f"evt_{sequence}",
        "sequence": sequence,
        "type": "x",
        "timestamp": "2026-03-04T05:06:07.089Z",
        "actor": "system",
        "payload": {},
    }


async def test_the_timeline_is_paged_across_facts(world: Any, make_state: Any) -> None:
    await world.inside.commands._appliers["authorization"]({"authorization": make_state()})
    facts = {"b": [4], "a": [1, 2, 3], "c": [5, 6]}
    rows = [timeline.document(name, "t_one/auth_1", [entry(number) for number in numbers]) for name, numbers in facts.items()]
    await world.store.database["timeline"].insert_many(rows)
    client = await world.client(await world.key())
    assert [each["sequence"] for each in await client.timeline("auth_1")] == [1, 2, 3, 4, 5, 6]
    page = (await client.call("GET", f"{AUTHORIZATIONS}/auth_1/events?limit=2")).json
    following = page["pagination"]["nextCursor"]
    assert [each["sequence"] for each in page["data"]] == [1, 2]
    page = (await client.call("GET", f"{AUTHORIZATIONS}/auth_1/events?limit=2&cursor={following}")).json
    assert [each["sequence"] for each in page["data"]] == [3, 4]
    assert (await client.call("GET", f"{AUTHORIZATIONS}/auth_2/events")).status == 404


async def test_a_read_waits_for_entries_that_the_case_already_shows(world: Any, make_state: Any) -> None:
    await world.inside.commands._appliers["authorization"]({"authorization": make_state(sequence=2)})
    rows = world.store.database["timeline"]
    await rows.insert_one(timeline.document("a", "t_one/auth_1", [entry(1)]))
    client = await world.client(await world.key())
    reading = asyncio.ensure_future(client.timeline("auth_1"))
    await asyncio.sleep(0.1)
    assert not reading.done()
    await rows.insert_one(timeline.document("b", "t_one/auth_1", [entry(2)]))
    assert [each["sequence"] for each in await reading] == [1, 2]
