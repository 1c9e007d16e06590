"""Crashes and races: what was acknowledged is there exactly once, nothing is lost, versions have no gap."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.devstack.backing import Backing
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo import Store
from priorbus.runtime.mongo.commit import JOURNAL
from priorbus.runtime.mongo.transactional import Changes
from priorbus.runtime.settlement import Settlement, StoreUnavailable
from priorbus.runtime.testing.ledger import ACCOUNTS, SUBSCRIPTIONS, Account, Deposit, OpenAccount

TENANT = "t_acme"
ACCOUNT_IDS = ("a", "b", "c")
# PyMongo leaves sockets to the garbage collector when the server dies while it connects
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning")


async def _deliver(runner: GroupRunner, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
    """As a consumer does: keep the messages and come again, also those that are to be retried later."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(StoreUnavailable):
                settlements = await runner.run(envelopes)
                if all(settlement.kind == "done" for settlement in settlements):
                    return settlements
            await asyncio.sleep(0.1)


async def _check_accounts(store: Store, deposits: int) -> None:
    """Every deposit of 1 counted once, every version reached by exactly one fact."""
    accounts = {account.id: account for account in await store.find(ACCOUNTS, {})}
    assert sum(account.balance for account in accounts.values()) == deposits
    rows = await store.database[JOURNAL].find({"out": {"$exists": True}}).to_list(None)
    told = [orjson.loads(out["body"])["data"]["account"] for row in rows for out in row["out"]]
    for account in accounts.values():
        versions = sorted(fact["version"] for fact in told if fact["id"] == account.id)
        assert versions == list(range(1, account.version + 1))
        assert account.version == account.balance + 1


async def _open(runner: GroupRunner, envelope: Callable[..., Envelope]) -> None:
    await runner.run([envelope(OpenAccount(account_id=id_)) for id_ in ACCOUNT_IDS])


async def _write(runner: GroupRunner, envelope: Callable[..., Envelope], groups: int, acknowledged: list[bytes | None]) -> None:
    for number in range(groups):
        group = [envelope(Deposit(account_id=ACCOUNT_IDS[(number + n) % 3], amount=1)) for n in range(8)]
        acknowledged += [settlement.reply for settlement in await _deliver(runner, group)]


async def test_a_killed_database_loses_and_repeats_nothing(
    own_backing: Backing, database_prefix: str, envelope: Callable[..., Envelope]
) -> None:
    async with Store.open(own_backing.mongo_url, f"{database_prefix}_ledger") as store:
        await store.ensure_indexes([ACCOUNTS])
        runner = GroupRunner(store, SUBSCRIPTIONS)
        await _open(runner, envelope)
        acknowledged: list[bytes | None] = []
        writing = [asyncio.ensure_future(_write(runner, envelope, 12, acknowledged)) for _ in range(3)]
        for progress in (24, 120, 200):
            while len(acknowledged) < progress:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(own_backing.mongodb.kill)
            await asyncio.to_thread(own_backing.mongodb.start)
        await asyncio.gather(*writing)
        assert len(acknowledged) == 3 * 12 * 8
        await _check_accounts(store, len(acknowledged))


@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_two_processes_on_hot_aggregates_lose_no_update(
    mongo_url: str, database_prefix: str, driver: Any, envelope: Callable[..., Envelope]
) -> None:
    name = f"{database_prefix}_ledger"
    async with Store.open(mongo_url, name, driver) as one, Store.open(mongo_url, name, driver) as other:
        await one.ensure_indexes([ACCOUNTS])
        await _open(GroupRunner(one, SUBSCRIPTIONS), envelope)
        acknowledged: list[bytes | None] = []
        runners = [GroupRunner(store, SUBSCRIPTIONS) for store in (one, other)]
        await asyncio.gather(*(_write(runner, envelope, 10, acknowledged) for runner in (*runners, *runners)))
        await _check_accounts(one, len(acknowledged))


async def test_a_crash_between_commit_and_reply_is_made_good_by_redelivery(store: Store, envelope: Callable[..., Envelope]) -> None:
    class Crash(Exception):
        pass

    class CrashingStore(Store):
        async def commit(self, changes: Changes) -> None:
            await super().commit(changes)
            raise Crash

    await GroupRunner(store, SUBSCRIPTIONS).run([envelope(OpenAccount(account_id="a"))])
    group = [envelope(Deposit(account_id="a", amount=1, expected_version=version)) for version in (1, 2, 3)]
    crashing = GroupRunner(CrashingStore(store.client, store.database), SUBSCRIPTIONS)
    with contextlib.suppress(Crash):
        await crashing.run(group)
    replies = [orjson.loads(settlement.reply or b"") for settlement in await GroupRunner(store, SUBSCRIPTIONS).run(group)]
    assert [(reply["refusal"], reply["result"]["account"]["version"]) for reply in replies] == [(None, 2), (None, 3), (None, 4)]
    account = await store.get(ACCOUNTS, TENANT, "a")
    assert isinstance(account, Account)
    assert (account.version, account.balance) == (4, 3)


async def test_an_unreachable_database_is_told_from_a_fault(envelope: Callable[..., Envelope]) -> None:
    async with Store.open("mongodb://127.0.0.1:1/?replicaSet=rs0", "nowhere") as store:
        runner = GroupRunner(store, SUBSCRIPTIONS)
        with pytest.raises(StoreUnavailable):
            await runner.run([envelope(OpenAccount(account_id="a"))])
