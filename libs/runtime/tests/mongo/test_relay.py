"""The outbox on a real change stream: everything leaves at least once and in order, whatever is interrupted."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.clock import utc_now
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo import OUTBOX, OutboxOutlet, Relay, Source, Store
from priorbus.runtime.mongo.checkpoint import CHECKPOINTS
from priorbus.runtime.mongo.commit import JOURNAL
from priorbus.runtime.testing.ledger import SUBSCRIPTIONS, Deposit, OpenAccount

# PyMongo leaves the socket to the garbage collector when it is cancelled while it connects
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning")
Running = Callable[..., AbstractAsyncContextManager[None]]


class Writer:
    """Makes facts: one account, its version grows by one with every fact."""

    def __init__(self, store: Store, envelope: Callable[..., Envelope]) -> None:
        self._runner = GroupRunner(store, SUBSCRIPTIONS)
        self._envelope = envelope
        self.versions = 0

    async def write(self, count: int) -> None:
        first = [OpenAccount(account_id="a")] if self.versions == 0 else []
        deposits = [Deposit(account_id="a", amount=1) for _ in range(count - len(first))]
        await self._runner.run([self._envelope(message) for message in (*first, *deposits)])
        self.versions += count


@pytest.fixture
def writer(store: Store, envelope: Callable[..., Envelope]) -> Writer:
    return Writer(store, envelope)


@pytest.fixture
def relay(store: Store, broker: Any) -> Relay:
    return Relay(store, OUTBOX, OutboxOutlet(broker))


def versions(envelopes: Sequence[Envelope]) -> list[int]:
    return [envelope.data["account"]["version"] for envelope in envelopes]


async def settled(store: Store) -> None:
    """Wait until the checkpoint is behind the newest row."""
    newest = await store.database[JOURNAL].find_one(sort=[("at", -1)])
    assert newest is not None
    while await store.database[CHECKPOINTS].find_one({"at": {"$gte": newest["at"]}}) is None:
        await asyncio.sleep(0.02)


def first_seen(seen: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(seen))


def since_last(version: int, seen: Sequence[int]) -> Sequence[int]:
    """From where a version arrived last; nothing when it never did."""
    return seen[len(seen) - 1 - seen[::-1].index(version) :] if version in seen else []


async def test_facts_leave_in_order_and_together(store: Store, broker: Any, writer: Writer, relay: Relay, running: Running) -> None:
    """While a message is sent, the facts that arrive gather for the next one."""
    broker.seconds = 0.1
    async with running(relay):
        await writer.write(50)
        await broker.until(lambda: 50 in versions(broker.received))
        await writer.write(10)
        await broker.until(lambda: 60 in versions(broker.received))
    assert first_seen(versions(broker.received)) == list(range(1, 61))
    assert {(exchange, key) for exchange, key, _ in broker.messages} == {("facts", "account.changed")}
    assert len(broker.messages) < 30


async def test_what_was_committed_before_the_first_start_is_found(broker: Any, writer: Writer, relay: Relay, running: Running) -> None:
    await writer.write(300)
    async with running(relay):
        await broker.until(lambda: 300 in versions(broker.received))
    assert versions(broker.received) == list(range(1, 301))


async def test_a_clean_stop_is_followed_up_without_repetition(
    store: Store, broker: Any, writer: Writer, relay: Relay, running: Running
) -> None:
    async with running(relay):
        await writer.write(5)
        await broker.until(lambda: 5 in versions(broker.received))
        await settled(store)
    first = len(broker.received)
    await writer.write(5)
    async with running(Relay(store, OUTBOX, OutboxOutlet(broker))):
        await broker.until(lambda: len(broker.received) >= first + 5)
    assert versions(broker.received[first:]) == [6, 7, 8, 9, 10]


async def test_a_relay_killed_between_publish_and_checkpoint_sends_again(
    store: Store, broker: Any, writer: Writer, relay: Relay, running: Running
) -> None:
    broker.confirming = False
    killed = asyncio.ensure_future(relay._keep_tailing())
    await writer.write(5)
    await broker.until(lambda: 5 in versions(broker.received))
    broker.lose_confirms()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    broker.confirming = True
    before = len(broker.received)
    async with running(Relay(store, OUTBOX, OutboxOutlet(broker))):
        await writer.write(2)
        await broker.until(lambda: 7 in versions(broker.received))
    assert first_seen(versions(broker.received[before:])) == [1, 2, 3, 4, 5, 6, 7]


async def test_a_broker_that_is_down_is_waited_for(broker: Any, writer: Writer, relay: Relay, running: Running) -> None:
    broker.down = True
    async with running(relay):
        await writer.write(5)
        broker.down = False
        await broker.until(lambda: 5 in versions(broker.received))
        broker.confirming = False
        await writer.write(5)
        await broker.until(lambda: 10 in versions(broker.received))
        broker.confirming = True
        arrived = len(broker.received)
        broker.lose_confirms()
        await broker.until(lambda: 10 in versions(broker.received[arrived:]))
    assert first_seen(versions(broker.received)) == list(range(1, 11))


async def test_rows_that_wait_for_the_broker_over_several_tries_are_not_passed_over(
    store: Store, broker: Any, writer: Writer, relay: Relay, running: Running
) -> None:
    """The stream shows them at once when it is opened again; its token is behind them before they are sent."""
    async with running(relay):
        await writer.write(5)
        await broker.until(lambda: 5 in versions(broker.received))
        await settled(store)
    await writer.write(5)
    broker.down = True
    async with running(Relay(store, OUTBOX, OutboxOutlet(broker))):
        await broker.until(lambda: broker.refused >= 3)
        broker.down = False
        await writer.write(1)
        # It may come back in the midst of a try that has lost a row: then the next one sends all of them again, in order.
        await broker.until(lambda: 11 in since_last(6, versions(broker.received)))
    assert first_seen(since_last(6, versions(broker.received))) == [6, 7, 8, 9, 10, 11]


async def test_lost_history_is_made_up_for_from_the_rows(store: Store, broker: Any, writer: Writer, relay: Relay, running: Running) -> None:
    async with running(relay):
        await writer.write(5)
        await broker.until(lambda: 5 in versions(broker.received))
        await settled(store)
    checkpoint = await store.database[CHECKPOINTS].find_one()
    assert checkpoint is not None
    # a well-formed token of the distant past: what the server answers is what it answers for a token that fell out of the oplog
    token = {"_data": "8200000001" + checkpoint["token"]["_data"][10:]}
    await store.database[CHECKPOINTS].update_one({}, {"$set": {"token": token, "at": utc_now()}})
    await writer.write(5)
    arrived = len(broker.received)
    async with running(Relay(store, OUTBOX, OutboxOutlet(broker))):
        await broker.until(lambda: 10 in versions(broker.received[arrived:]))
    assert first_seen(versions(broker.received[arrived:])) == list(range(1, 11))


async def test_rows_older_than_the_checkpoint_stay(store: Store, broker: Any, writer: Writer, relay: Relay, running: Running) -> None:
    await writer.write(3)
    await store.database[JOURNAL].update_many({}, {"$set": {"at": utc_now() - timedelta(hours=1)}})
    await store.database[CHECKPOINTS].insert_one({"_id": "relay.journal", "token": {"_data": "82"}, "at": utc_now()})
    async with running(relay):
        await writer.write(1)
        await broker.until(lambda: len(broker.received) >= 1)
    assert versions(broker.received) == [4]


async def test_a_second_relay_stands_by_and_takes_over(store: Store, broker: Any, writer: Writer, relay: Relay, running: Running) -> None:
    second = Relay(store, OUTBOX, OutboxOutlet(broker))
    async with running(second):
        async with running(relay):
            await writer.write(20)
            await broker.until(lambda: len(broker.received) >= 20)
        await writer.write(20)
        await broker.until(lambda: 40 in versions(broker.received))
    assert first_seen(versions(broker.received)) == list(range(1, 41))


async def test_a_dropped_collection_does_not_stop_the_relay(
    store: Store, broker: Any, writer: Writer, relay: Relay, running: Running
) -> None:
    async with running(relay):
        await writer.write(2)
        await broker.until(lambda: len(broker.received) >= 2)
        await store.database[JOURNAL].drop()
        await writer.write(2)
        await broker.until(lambda: 4 in versions(broker.received))
    assert first_seen(versions(broker.received)) == [1, 2, 3, 4]


async def test_any_collection_can_be_relayed(store: Store, broker: Any, running: Running) -> None:
    class Lines:
        def __init__(self) -> None:
            self.texts: list[str] = []
            self.complete = asyncio.Event()

        async def send(self, rows: Sequence[dict[str, Any]]) -> Sequence[Any]:
            self.texts += [row["text"] for row in rows]
            if len(self.texts) >= 2:
                self.complete.set()
            return []

    rows = store.database["lines"]
    lines = Lines()
    await rows.create_index("noted_at")
    await rows.insert_one({"text": "one", "noted_at": utc_now(), "public": True})
    async with running(Relay(store, Source("lines", {"public": True}, ("text",), time_field="noted_at"), lines)):
        while not lines.texts:
            await asyncio.sleep(0.01)
        await rows.insert_one({"text": "hidden", "noted_at": utc_now(), "public": False})
        await rows.insert_one({"text": "two", "noted_at": utc_now(), "public": True})
        async with asyncio.timeout(20):
            await lines.complete.wait()
    assert lines.texts == ["one", "two"]
