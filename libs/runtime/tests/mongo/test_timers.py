"""Durable timers: sent once due, again after a failure, one process at a time."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.bus import NotAccepted
from priorbus.runtime.clock import FixedClock, utc_now
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo import Store, Timers
from priorbus.runtime.mongo.commit import TIMERS
from priorbus.runtime.testing.ledger import SUBSCRIPTIONS, RemindLater

Running = Callable[..., AbstractAsyncContextManager[None]]


async def test_a_timer_is_sent_when_due_and_then_dropped(
    store: Store, broker: Any, envelope: Callable[..., Envelope], running: Running
) -> None:
    async with running(Timers(store, broker)):
        command = envelope(RemindLater(account_id="a", seconds=0.05))
        await GroupRunner(store, SUBSCRIPTIONS).run([command])
        await broker.until(lambda: bool(broker.received))
        (sent,) = broker.received
    assert (broker.messages[0][0], broker.messages[0][1]) == ("commands", "ledger.remind")
    assert (sent.data, sent.tenant, sent.causation_id) == ({"account_id": "a"}, "t_acme", command.id)
    assert utc_now() >= sent.time + timedelta(seconds=0.05)


async def test_only_what_is_due_is_sent(store: Store, broker: Any, envelope: Callable[..., Envelope]) -> None:
    clock = FixedClock()
    timers = Timers(store, broker, clock)
    await GroupRunner(store, SUBSCRIPTIONS, clock).run(
        [envelope(RemindLater(account_id="a", seconds=10)), envelope(RemindLater(account_id="b", seconds=20))]
    )
    assert await timers.send_due() == 0
    clock.advance(timedelta(seconds=10))
    assert await timers.send_due() == 1
    assert [sent.data["account_id"] for sent in broker.received] == ["a"]
    assert [row["_id"] for row in await store.database[TIMERS].find().to_list(None)] == ["t_acme/b"]


async def test_a_timer_stays_until_the_broker_has_it(store: Store, broker: Any, envelope: Callable[..., Envelope]) -> None:
    clock = FixedClock()
    timers = Timers(store, broker, clock)
    await GroupRunner(store, SUBSCRIPTIONS, clock).run([envelope(RemindLater(account_id="a", seconds=0))])
    broker.down = True
    with pytest.raises(NotAccepted):
        await timers.send_due()
    broker.down = False
    assert await timers.send_due() == 1
    assert await timers.send_due() == 0


@pytest.mark.parametrize("seconds", [0, 60])
async def test_a_timer_scheduled_anew_while_it_is_sent_stays(
    store: Store, broker: Any, envelope: Callable[..., Envelope], seconds: int
) -> None:
    clock = FixedClock()
    runner = GroupRunner(store, SUBSCRIPTIONS, clock)
    await runner.run([envelope(RemindLater(account_id="a", seconds=0))])

    class Rescheduling:
        async def publish(self, exchange: Any, key: str, body: bytes) -> None:
            await broker.publish(exchange, key, body)
            await runner.run([envelope(RemindLater(account_id="a", seconds=seconds))])

    rescheduling: Any = Rescheduling()
    await Timers(store, rescheduling, clock).send_due()
    (row,) = await store.database[TIMERS].find().to_list(None)
    assert row["due"] == clock() + timedelta(seconds=seconds)
    clock.advance(timedelta(seconds=seconds))
    assert await Timers(store, broker, clock).send_due() == 1
    assert len({sent.id for sent in broker.received}) == 2
