from datetime import timedelta
from typing import Any

import pytest

from priorbus.devstack.client import AUTHORIZATIONS, Client


@pytest.fixture
async def client(world: Any, make_state: Any) -> Client:
    """A tenant with seven cases made a minute apart, two of them at the same moment, and a foreign one."""
    apply = world.inside.commands._appliers["authorization"]
    minutes = [0, 1, 2, 2, 3, 4, 5]
    for number, minute in enumerate(minutes):
        moment = (world.clock() + timedelta(minutes=minute)).isoformat()
        state = "advance" if number % 2 else "canceled"
        changes = {"state": state, "next_action": None, "metadata": {"externalCaseId": f"c{number}"}}
        await apply({"authorization": make_state(id=f"auth_{number}", created_at=moment, updated_at=moment, **changes)})
    await apply({"authorization": make_state(id="auth_x", tenant="t_two")})
    client: Client = await world.client(await world.key())
    return client


async def listed(client: Client, query: str = "") -> tuple[list[str], str | None]:
    answer = await client.call("GET", f"{AUTHORIZATIONS}?{query}")
    assert answer.status == 200, answer.body
    page = answer.json["pagination"]
    assert page["hasMore"] is (page["nextCursor"] is not None)
    return [case["id"].removeprefix("auth_") for case in answer.json["data"]], page["nextCursor"]


async def test_pages_are_newest_first_and_do_not_shift(client: Client, world: Any, make_state: Any) -> None:
    first, cursor = await listed(client, "limit=3")
    newer = (world.clock() + timedelta(hours=1)).isoformat()
    await world.inside.commands._appliers["authorization"]({"authorization": make_state(id="auth_9", created_at=newer)})
    second, cursor = await listed(client, f"limit=3&cursor={cursor}")
    third, cursor = await listed(client, f"limit=3&cursor={cursor}")
    assert (first, second, third, cursor) == (["6", "5", "4"], ["3", "2", "1"], ["0"], None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=canceled", ["6", "4", "2", "0"]),
        ("status=canceled&status=requires_confirmation&limit=2", ["6", "5"]),
        ("metadata[externalCaseId]=c3", ["3"]),
        ("createdAfter=2026-03-04T05:09:07.089Z", ["6", "5"]),
        ("createdAfter=2026-03-04T05:09:07.089Z&createdBefore=2026-03-04T07:11:07.089%2B02:00", ["5"]),
        ("providerNpi=0000000000", []),
        ("payerId=payer_a&limit=1", ["6"]),
        ("outcome=approved", []),
        ("nextActionType=advance_case", []),
    ],
)
async def test_filters(client: Client, query: str, expected: list[str]) -> None:
    assert (await listed(client, query))[0] == expected


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "limit=1&limit=2", "limit=%C2%B2", "colour=red", "status=advance", "createdAfter=today",
        "createdAfter=2026-03-04", "cursor=abc", "cursor=%00",
        "metadata[a]=1&metadata[b]=1&metadata[c]=1&metadata[d]=1&metadata[e]=1&metadata[f]=1",
        "metadata[a=1", "outcome=maybe",
    ],
)  # fmt: skip
async def test_bad_parameters(client: Client, query: str) -> None:
    answer = await client.call("GET", f"{AUTHORIZATIONS}?{query}")
    assert (answer.status, answer.error_code) == (400, "bad_request")


async def test_a_cursor_is_bound_to_its_list(client: Client, world: Any) -> None:
    _, cursor = await listed(client, "limit=2")
    other = await world.client(await world.key(tenant="t_two"))
    tampered = ("A" if cursor and cursor[0] != "A" else "B") + str(cursor)[1:]
    for caller, query in ((client, f"cursor={cursor}&status=canceled"), (other, f"cursor={cursor}"), (client, f"cursor={tampered}")):
        answer = await caller.call("GET", f"{AUTHORIZATIONS}?{query}")
        assert [issue["code"] for issue in answer.json["error"]["issues"]] == ["invalid_cursor"]
    world.clock.advance(timedelta(hours=25))
    assert (await client.call("GET", f"{AUTHORIZATIONS}?cursor={cursor}")).status == 400
