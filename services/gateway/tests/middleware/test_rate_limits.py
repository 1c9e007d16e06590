from datetime import timedelta
from typing import Any

import pytest

from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.middleware.rate_limits import Policy, RateLimits
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.mongo import Store

ADA = Principal("t_one", "key_ada", 1, frozenset())
BOB = Principal("t_one", "key_bob", 2, frozenset())


def limits(store: Store, clock: FixedClock, quota: int = 3) -> RateLimits:
    return RateLimits(store.database["rate_windows"], {"default": Policy(quota, 60), "poll": Policy(quota, 60)}, clock, 1.0)


async def test_a_window_opens_with_its_first_request_and_ends_by_itself(store: Store) -> None:
    clock = FixedClock()
    counting = limits(store, clock)
    assert [counting.take(ADA, "default").left for _ in range(3)] == [2, 1, 0]
    clock.advance(timedelta(seconds=59, milliseconds=500))
    refused = counting.take(ADA, "default")
    assert (refused.admitted, refused.left, refused.reset) == (False, 0, 1)
    clock.advance(timedelta(milliseconds=500))
    assert counting.take(ADA, "default").headers() == {
        "RateLimit-Policy": '"default";q=3;w=60',
        "RateLimit": '"default";r=2;t=60',
    }


async def test_principals_and_policies_are_counted_apart(store: Store) -> None:
    counting = limits(store, FixedClock(), quota=1)
    assert [counting.take(ADA, "default").admitted for _ in range(2)] == [True, False]
    assert counting.take(BOB, "default").admitted
    assert counting.take(ADA, "poll").admitted


async def test_a_client_can_have_a_quota_of_its_own(store: Store) -> None:
    favoured = Principal("t_one", "key_ada", 1, frozenset(), {"default": 5})
    counting = limits(store, FixedClock())
    assert [counting.take(favoured, "default").admitted for _ in range(6)] == [True] * 5 + [False]


async def test_the_answer_to_one_too_many(store: Store) -> None:
    counting = limits(store, FixedClock(), quota=1)
    counting.take(ADA, "poll").require_admitted()
    with pytest.raises(Problem) as refused:
        counting.take(ADA, "poll").require_admitted()
    assert refused.value.error.code == "rate_limited"
    assert (refused.value.details, refused.value.headers) == ({"violatedPolicies": ["poll"]}, {"Retry-After": "60"})


async def test_instances_learn_what_the_others_admitted(store: Store) -> None:
    clock = FixedClock()
    here, there = limits(store, clock, quota=10), limits(store, clock, quota=10)
    for _ in range(4):
        here.take(ADA, "default")
    await here.merge()
    clock.advance(timedelta(seconds=20))
    there.take(ADA, "default")
    await there.merge()
    reading = there.take(ADA, "default")
    assert (reading.left, reading.reset) == (4, 40)
    here.take(ADA, "default")
    await there.merge()
    await here.merge()
    assert here.take(ADA, "default").left == 2


async def test_an_ended_common_window_is_not_joined(store: Store) -> None:
    clock = FixedClock()
    first = limits(store, clock)
    first.take(ADA, "default")
    await first.merge()
    clock.advance(timedelta(seconds=60))
    second = limits(store, clock)
    second.take(ADA, "default")
    await second.merge()
    assert second.take(ADA, "default").left == 1


async def test_nothing_is_forgotten_while_the_database_is_away(store: Store) -> None:
    counting = limits(store, FixedClock())
    counting.take(ADA, "default")
    await store.database.drop_collection("rate_windows")
    await store.database.create_collection("rate_windows", validator={"nothing": {"$exists": True}})
    await counting.merge()
    await store.database.drop_collection("rate_windows")
    counting.take(ADA, "default")
    await counting.merge()
    (row,) = await store.database["rate_windows"].find().to_list(None)
    assert row["count"] == 2


async def test_every_authenticated_answer_shows_where_the_caller_stands(make_world: Any) -> None:
    async with make_world(rate_default="2/60", rate_poll="1/60") as world:
        client = await world.client(await world.key())
        unknown = await client.call("GET", "/v1/nothing")
        assert (unknown.status, unknown.headers["RateLimit"]) == (404, '"default";r=1;t=60')
        assert (await client.call("GET", "/v1/files/file_1")).headers["RateLimit"] == '"poll";r=0;t=60'
        polled = await client.call("GET", "/v1/files/file_1")
        assert (polled.status, polled.error_code, polled.headers["Retry-After"]) == (429, "rate_limited", "60")
        assert polled.json["error"]["details"] == {"violatedPolicies": ["poll"]}
        assert (await client.call("GET", "/v1/payers")).status == 200
        assert (await client.call("GET", "/v1/payers")).status == 429
        assert "RateLimit" not in (await (await world.client(None)).call("GET", "/v1/payers")).headers
