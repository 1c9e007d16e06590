"""How services test their handlers."""

import pytest

from priorbus.contracts.envelope import Idempotency
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.handling import Subscription
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.testing import TENANT, Stage, run_handler
from priorbus.runtime.testing.ledger import (
    ACCOUNTS,
    Account,
    AccountChanged,
    Audit,
    Break,
    Deposit,
    OpenAccount,
    audit,
    break_,
    deposit,
    observe_audit,
    open_account,
)


async def test_a_handler_is_given_a_message_and_its_reply_and_facts_come_back() -> None:
    handled = await run_handler(open_account, OpenAccount(account_id="a"))
    account = Account(id="a", tenant=TENANT, opened_at=FixedClock()())
    assert handled.result == {"account": account.model_dump(mode="json")}
    assert handled.published == [AccountChanged(account=account)]


async def test_a_stage_keeps_what_was_done() -> None:
    stage = Stage()
    await stage.store.put(ACCOUNTS, TENANT, Account(id="a", tenant=TENANT, opened_at=stage.clock(), balance=5))
    handled = await stage.run(deposit, Deposit(account_id="a", amount=1))
    assert handled.result["account"]["balance"] == 6
    refused = await stage.run(deposit, Deposit(account_id="b", amount=1))
    assert refused.refusal is not None
    assert refused.published == []
    with pytest.raises(AssertionError, match="account_not_found"):
        _ = refused.result
    assert len(stage.store.published()) == 1


async def test_an_idempotency_key_works_on_a_stage() -> None:
    stage = Stage()
    key = Idempotency("scope", "fingerprint")
    first = await stage.run(open_account, OpenAccount(account_id="a"), idempotency=key)
    second = await stage.run(open_account, OpenAccount(account_id="a"), idempotency=key)
    assert second.result == first.result
    assert second.reply is not None
    assert second.reply.replayed


async def test_a_known_key_is_answered_without_looking_at_the_world_again() -> None:
    stage, key, looked = Stage(), Idempotency("scope", "fingerprint"), []

    async def observe(*_: object) -> int:
        looked.append(1)
        return 7

    subscription = Subscription(Audit, audit, observe=observe)
    for _ in range(2):
        assert (await stage.run(subscription, Audit(account_id="a"), idempotency=key)).result == {"observed": 7}
    assert len(looked) == 1


async def test_observations_are_made_or_given() -> None:
    assert (await run_handler(Subscription(Audit, audit, observe=observe_audit), Audit(account_id="a"))).result == {"observed": 0}
    assert (await run_handler(audit, Audit(account_id="a"), observed=3)).result == {"observed": 3}


async def test_a_fault_of_a_handler_comes_through() -> None:
    stage = Stage()
    await stage.run(open_account, OpenAccount(account_id="a"))
    with pytest.raises(RuntimeError, match="secret text"):
        await stage.run(break_, Break(account_id="a", how="fault"))
    assert await stage.store.get(ACCOUNTS, TENANT, "a") == Account(id="a", tenant=TENANT, opened_at=stage.clock())


async def test_the_store_can_be_taken_away() -> None:
    stage = Stage()
    stage.store.available = False
    with pytest.raises(StoreUnavailable):
        await stage.run(open_account, OpenAccount(account_id="a"))
