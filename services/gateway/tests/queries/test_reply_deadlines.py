"""How long FHIR operations wait for their owner (fhir-pas.md 26)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.fhir_pas import TenantSettingsChanged
from priorbus.gateway.projections.projector import Projector
from priorbus.gateway.queries.reply_deadlines import ReplyDeadlines
from priorbus.gateway.subscriptions import SUBSCRIPTIONS
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.mongo import Store

START = datetime(2026, 3, 4, tzinfo=UTC)


def fact(milliseconds: int | None, seconds: int) -> Envelope:
    data = {"reply_deadline_ms": milliseconds}
    return Envelope(f"f{seconds}", TenantSettingsChanged.wire_type, START + timedelta(seconds=seconds), "t_one", data)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], 13.0),
        ([fact(5000, 1)], 5.0),
        ([fact(5000, 1), fact(None, 2)], 13.0),
        ([fact(7000, 2), fact(5000, 1), fact(7000, 2)], 7.0),
    ],
)
async def test_a_tenant_has_its_own_or_the_usual_one(store: Store, facts: list[Envelope], expected: float) -> None:
    projector = Projector(store, SUBSCRIPTIONS, "https://api.example.test", FixedClock())
    for one in facts:
        await projector.run([one])
    deadlines = ReplyDeadlines(store.database, 13.0)
    assert (await deadlines.of("t_one"), await deadlines.of("t_two")) == (expected, 13.0)


async def test_what_was_read_counts_for_a_few_seconds(store: Store) -> None:
    now = [0.0]
    deadlines = ReplyDeadlines(store.database, 13.0, lambda: now[0])
    assert await deadlines.of("t_one") == 13.0
    await store.database["tenant_settings"].insert_one({"_id": "t_one", "rank": 1, "reply_deadline_ms": 2500})
    assert await deadlines.of("t_one") == 13.0
    now[0] = 5.0
    assert await deadlines.of("t_one") == 2.5


async def test_a_request_waits_as_long_as_its_tenant_wants(make_world: Any) -> None:
    async with make_world(pas_reply_deadline_ms=50) as world:
        await world.store.database["tenant_settings"].insert_one({"_id": "t_one", "rank": 1, "reply_deadline_ms": 14_500})
        world.owner.reply = lambda _: {"result": {"status": 200, "headers": {}, "body": "{}"}}
        client = await world.client(await world.token("system/Claim.cu", "system/ClaimResponse.r"))
        world.owner.pause()
        waiting = asyncio.create_task(client.call("POST", "/fhir/Claim/$submit", {"resourceType": "Bundle"}))
        await world.owner.arrived.wait()
        await asyncio.sleep(0.2)
        world.owner.resume()
        assert (await waiting).status == 200
