"""What every store must do for the messages of a service: the real one with both drivers, and the double."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from priorbus.contracts.envelope import Envelope, Idempotency
from priorbus.contracts.messages import Message
from priorbus.contracts.replies import Refusal
from priorbus.runtime import cloudevents
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Context, Outside, Subscription
from priorbus.runtime.ids import CountingIds
from priorbus.runtime.mongo import Store, TransactionalStore
from priorbus.runtime.mongo.commit import JOURNAL, TIMERS
from priorbus.runtime.mongo.errors import Conflict
from priorbus.runtime.mongo.transactional import Changes, Save
from priorbus.runtime.settlement import Settlement
from priorbus.runtime.testing import MemoryStore
from priorbus.runtime.testing.ledger import (
    ACCOUNTS,
    SUBSCRIPTIONS,
    Account,
    Audit,
    Break,
    BreakQuery,
    Deposit,
    OpenAccount,
    PaymentReceived,
    ReadAccount,
    RemindLater,
    audit,
    open_account,
)
from priorbus.runtime.work import Ref

ACME = "t_acme"
OTHER = "t_other"


@dataclass
class Ledger:
    """The ledger service on one store."""

    store: TransactionalStore
    outbox: Callable[[], Awaitable[list[Envelope]]]
    timers: Callable[[], Awaitable[list[dict[str, Any]]]]
    clock: FixedClock
    ids: CountingIds
    runner: GroupRunner

    def envelope(self, message: Message, tenant: str = ACME, key: str = "", fingerprint: str = "f") -> Envelope:
        return Envelope(
            id=self.ids("cmd"),
            type=message.wire_type,
            time=self.clock(),
            tenant=tenant,
            data=message.model_dump(mode="json"),
            client="client_1",
            request_id="req_1",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            idempotency=Idempotency(key, fingerprint) if key else None,
        )

    async def run(self, *messages: Message | Envelope) -> list[Any]:
        """The replies, parsed, None where there is none."""
        settlements = await self.settle(*messages)
        assert [settlement.kind for settlement in settlements] == ["done"] * len(messages)
        return [None if settlement.reply is None else orjson.loads(settlement.reply) for settlement in settlements]

    async def settle(self, *messages: Message | Envelope) -> Sequence[Settlement]:
        return await self.runner.run([self.envelope(message) if isinstance(message, Message) else message for message in messages])

    async def account(self, key: str = "a", tenant: str = ACME) -> Account | None:
        return await self.store.get(ACCOUNTS, tenant, key)

    async def balance(self, key: str = "a", tenant: str = ACME) -> tuple[int, int]:
        account = await self.account(key, tenant)
        assert account is not None
        return account.version, account.balance


@pytest.fixture(params=["memory", "pymongo", "motor"])
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[Ledger]:
    clock, ids = FixedClock(), CountingIds()
    if request.param == "memory":
        memory = MemoryStore()

        async def memory_outbox() -> list[Envelope]:
            return memory.outbox()

        async def memory_timers() -> list[dict[str, Any]]:
            return [{"_id": row.id, "due": row.due, "key": row.key, "body": row.body} for row in memory.timers.values()]

        yield Ledger(memory, memory_outbox, memory_timers, clock, ids, GroupRunner(memory, SUBSCRIPTIONS, clock, ids))
        return
    url, prefix = request.getfixturevalue("mongo_url"), request.getfixturevalue("database_prefix")
    async with Store.open(url, f"{prefix}_ledger", request.param) as store:
        await store.ensure_indexes([ACCOUNTS])

        async def outbox() -> list[Envelope]:
            rows = await store.database[JOURNAL].find().sort("$natural", 1).to_list(None)
            bodies = [out["body"] for row in rows for out in row.get("out", ())]
            return cloudevents.decode(cloudevents.join(bodies)) if bodies else []

        async def timers() -> list[dict[str, Any]]:
            return await store.database[TIMERS].find().to_list(None)

        yield Ledger(store, outbox, timers, clock, ids, GroupRunner(store, SUBSCRIPTIONS, clock, ids))


async def test_a_command_commits_state_reply_and_fact(ledger: Ledger) -> None:
    envelope = ledger.envelope(OpenAccount(account_id="a"))
    (reply,) = await ledger.run(envelope)
    account = await ledger.account()
    assert account == Account(id="a", tenant=ACME, opened_at=ledger.clock())
    assert reply == {"command_id": envelope.id, "result": {"account": account.model_dump(mode="json")}, "refusal": None, "replayed": False}
    (fact,) = await ledger.outbox()
    assert (fact.type, fact.data) == ("account.changed", {"account": account.model_dump(mode="json")})
    assert (fact.tenant, fact.client, fact.request_id, fact.causation_id, fact.traceparent) == (
        ACME, "client_1", "req_1", envelope.id, envelope.traceparent,
    )  # fmt: skip


async def test_a_group_sees_its_own_changes_and_keeps_their_order(ledger: Ledger) -> None:
    replies = await ledger.run(
        OpenAccount(account_id="a"), *(Deposit(account_id="a", amount=amount) for amount in (1, 2, 3)), OpenAccount(account_id="b")
    )
    assert [reply["result"]["account"]["balance"] for reply in replies] == [0, 1, 3, 6, 0]
    assert await ledger.balance() == (4, 6)
    assert [(fact.data["account"]["id"], fact.data["account"]["version"]) for fact in await ledger.outbox()] == [
        ("a", 1),
        ("a", 2),
        ("a", 3),
        ("a", 4),
        ("b", 1),
    ]


async def test_a_refusal_undoes_its_message_only_and_is_recorded(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    refused = ledger.envelope(Break(account_id="a", how="refuse"))
    _, reply, _ = await ledger.run(Deposit(account_id="a", amount=1), refused, Deposit(account_id="a", amount=2))
    assert (reply["result"], reply["refusal"]["code"]) == (None, "refused_late")
    assert await ledger.balance() == (3, 3)
    assert len(await ledger.outbox()) == 3
    assert await ledger.timers() == []
    assert (await ledger.run(refused))[0] == reply


@pytest.mark.parametrize(("how", "category"), [("fault", "fault"), ("transient", "unavailable"), ("unstorable", "fault")])
async def test_a_failing_message_is_settled_alone(ledger: Ledger, how: str, category: str) -> None:
    await ledger.run(OpenAccount(account_id="a"), OpenAccount(account_id="b"))
    first, broken, last = await ledger.settle(
        Deposit(account_id="a", amount=1), Break(account_id="b", how=how), Deposit(account_id="a", amount=2)
    )
    assert (first.kind, last.kind) == ("done", "done")
    assert (broken.kind, broken.reply, broken.category) == ("retry", None, category)
    assert "secret" not in broken.error
    assert await ledger.balance() == (3, 3)
    assert await ledger.balance("b") == (1, 0)
    assert await ledger.timers() == []


async def test_what_nobody_understands_is_parked(ledger: Ledger) -> None:
    good = ledger.envelope(OpenAccount(account_id="a"))
    unknown = replace(good, id="cmd_u", type="ledger.unheard_of")
    extra = replace(good, id="cmd_e", data={"account_id": "b", "surprise": 1})
    missing = replace(good, id="cmd_m", data={})
    settlements = await ledger.settle(unknown, good, extra, missing)
    assert [(settlement.kind, settlement.category) for settlement in settlements] == [
        ("park", "incorrect"),
        ("done", ""),
        ("park", "incorrect"),
        ("park", "incorrect"),
    ]
    assert await ledger.account("b") is None


async def test_a_redelivered_command_has_one_effect_and_the_recorded_reply(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    deposit = ledger.envelope(Deposit(account_id="a", amount=5, expected_version=1))
    (first,) = await ledger.run(deposit)
    again, other = await ledger.run(deposit, Deposit(account_id="a", amount=1))
    assert again == first
    assert other["result"]["account"]["version"] == 3
    assert await ledger.balance() == (3, 6)
    assert len(await ledger.outbox()) == 3


async def test_a_command_twice_in_one_group_has_one_effect(ledger: Ledger) -> None:
    opening = ledger.envelope(OpenAccount(account_id="a"))
    first, second = await ledger.run(opening, opening)
    assert first == second
    assert first["refusal"] is None


async def test_a_fact_counts_once_and_has_no_reply(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    payment = ledger.envelope(PaymentReceived(account_id="a", amount=7))
    assert await ledger.run(payment) == [None]
    assert await ledger.run(payment) == [None]
    assert await ledger.balance() == (2, 7)


async def test_the_same_key_answers_with_the_first_success(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    deposit = Deposit(account_id="a", amount=5, expected_version=1)
    (first,) = await ledger.run(ledger.envelope(deposit, key="k"))
    await ledger.run(Deposit(account_id="a", amount=1))
    repeated = ledger.envelope(deposit, key="k")
    for _ in range(2):
        (replay,) = await ledger.run(repeated)
        assert replay == {**first, "command_id": repeated.id, "replayed": True}
    assert await ledger.balance() == (3, 6)


async def test_the_same_key_twice_in_one_group_has_one_effect(ledger: Ledger) -> None:
    deposit = Deposit(account_id="a", amount=5)
    _, first, second, other = await ledger.run(
        OpenAccount(account_id="a"),
        ledger.envelope(deposit, key="k"),
        ledger.envelope(deposit, key="k"),
        ledger.envelope(deposit, key="k", fingerprint="g"),
    )
    assert (second["result"], second["replayed"]) == (first["result"], True)
    assert other["refusal"]["code"] == "idempotency_key_reused"
    assert await ledger.balance() == (2, 5)


async def test_a_key_with_another_request_is_refused(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"), ledger.envelope(Deposit(account_id="a", amount=5), key="k"))
    (reply,) = await ledger.run(ledger.envelope(Deposit(account_id="a", amount=6), key="k", fingerprint="g"))
    assert reply["refusal"]["code"] == "idempotency_key_reused"
    assert await ledger.balance() == (2, 5)


async def test_a_failure_is_never_stored_under_its_key(ledger: Ledger) -> None:
    deposit = Deposit(account_id="a", amount=5)
    (refused,) = await ledger.run(ledger.envelope(deposit, key="k"))
    assert refused["refusal"]["code"] == "account_not_found"
    await ledger.run(OpenAccount(account_id="a"))
    (reply,) = await ledger.run(ledger.envelope(deposit, key="k"))
    assert (reply["replayed"], reply["result"]["account"]["balance"]) == (False, 5)


async def test_a_query_answers_and_writes_nothing(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    query = ledger.envelope(ReadAccount(account_id="a"))
    (reply,) = await ledger.run(query)
    assert reply["result"]["account"]["id"] == "a"
    assert await ledger.store.recorded([query.id]) == {}
    assert ledger.runner.concurrent(query)
    assert not ledger.runner.concurrent(ledger.envelope(Deposit(account_id="a", amount=1)))


async def test_a_query_that_changes_something_is_a_fault(ledger: Ledger) -> None:
    (settlement,) = await ledger.settle(BreakQuery(account_id="a"))
    assert (settlement.kind, settlement.error) == ("retry", "TypeError")
    assert await ledger.account() is None


async def test_the_world_is_observed_before_the_transaction(ledger: Ledger) -> None:
    envelope = ledger.envelope(Audit(account_id="a"))
    assert ledger.runner.concurrent(envelope)
    (reply,) = await ledger.run(envelope)
    await ledger.run(OpenAccount(account_id="audited"))
    assert reply["result"] == {"observed": 0}
    assert await ledger.run(envelope) == [reply]
    assert (await ledger.run(Audit(account_id="a")))[0]["result"] == {"observed": 1}


async def test_observed_messages_that_are_ready_together_are_each_settled_for_themselves(ledger: Ledger) -> None:
    audits = [ledger.envelope(Audit(account_id=name)) for name in "abc"]
    replies = await asyncio.gather(*(ledger.run(one) for one in (*audits, audits[0])))
    assert [reply["command_id"] for (reply,) in replies] == [*(one.id for one in audits), audits[0].id]


async def test_a_step_commits_once_whatever_becomes_of_its_message(ledger: Ledger) -> None:
    runs = []

    async def open_first(context: Context) -> dict[str, Any]:
        runs.append(context.envelope.id)
        await open_account(OpenAccount(account_id="a"), context)
        return {"run": len(runs)}

    async def observe(_: Audit, envelope: Envelope, outside: Outside) -> list[dict[str, Any]]:
        return [await outside.commit("open", open_first) for _ in range(2)]

    async def refuse(_: Audit, context: Context) -> Refusal:
        assert context.observed == [{"run": 1}] * 2
        assert await context.work.get(ACCOUNTS, context.tenant, "a") is not None
        return Refusal(code="refused_late")

    runner = GroupRunner(ledger.store, [Subscription(Audit, refuse, observe=observe)], ledger.clock, ledger.ids)
    (settlement,) = await runner.run([ledger.envelope(Audit(account_id="a"))])
    assert b"refused_late" in (settlement.reply or b"")
    assert await ledger.balance() == (1, 0)
    assert len(await ledger.outbox()) == 1


async def test_a_step_that_fails_leaves_nothing_and_its_message_is_tried_again(ledger: Ledger) -> None:
    async def fail(context: Context) -> dict[str, Any]:
        await open_account(OpenAccount(account_id="a"), context)
        raise RuntimeError

    async def observe(_: Audit, envelope: Envelope, outside: Outside) -> None:
        await outside.commit("fail", fail)

    runner = GroupRunner(ledger.store, [Subscription(Audit, audit, observe=observe)], ledger.clock, ledger.ids)
    (settlement,) = await runner.run([ledger.envelope(Audit(account_id="a"))])
    assert settlement.kind == "retry"
    assert await ledger.account() is None


async def test_tenants_do_not_see_each_other(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    (reply,) = await ledger.run(ledger.envelope(Deposit(account_id="a", amount=1), tenant=OTHER))
    assert reply["refusal"]["code"] == "account_not_found"
    await ledger.run(
        ledger.envelope(OpenAccount(account_id="a"), tenant=OTHER), ledger.envelope(Deposit(account_id="a", amount=3), tenant=OTHER)
    )
    assert (await ledger.balance(), await ledger.balance(tenant=OTHER)) == ((1, 0), (2, 3))
    with pytest.raises(ValueError, match="slash"):
        await ledger.store.get(ACCOUNTS, "t_acme/x", "a")


async def test_a_moved_revision_is_a_conflict_and_writes_nothing(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"), OpenAccount(account_id="b"))
    loaded = await ledger.store.load([Ref(ACCOUNTS, ACME, "a"), Ref(ACCOUNTS, ACME, "b")])
    await ledger.run(Deposit(account_id="b", amount=1))
    saves = [
        Save(ACCOUNTS, id_, ACME, stored.aggregate.model_copy(update={"balance": 99}), stored.rev) for (_, id_), stored in loaded.items()
    ]
    with pytest.raises(Conflict):
        await ledger.store.commit(Changes(saves=saves))
    assert (await ledger.balance("a"), await ledger.balance("b")) == ((1, 0), (2, 1))


async def test_a_key_taken_meanwhile_is_a_conflict(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    account = await ledger.account()
    with pytest.raises(Conflict):
        await ledger.store.commit(Changes(saves=[Save(ACCOUNTS, f"{ACME}/a", ACME, account, 0)]))


async def test_an_aggregate_can_be_deleted_and_made_again(ledger: Ledger) -> None:
    await ledger.run(OpenAccount(account_id="a"))
    loaded = (await ledger.store.load([Ref(ACCOUNTS, ACME, "a")]))["accounts", f"{ACME}/a"]
    await ledger.store.commit(Changes(saves=[Save(ACCOUNTS, f"{ACME}/a", ACME, None, loaded.rev)]))
    assert await ledger.account() is None
    with pytest.raises(Conflict):
        await ledger.store.commit(Changes(saves=[Save(ACCOUNTS, f"{ACME}/a", ACME, None, loaded.rev)]))
    await ledger.run(OpenAccount(account_id="a"))
    assert await ledger.balance() == (1, 0)


async def test_a_timer_is_kept_replaced_and_dropped(ledger: Ledger) -> None:
    await ledger.run(RemindLater(account_id="a", seconds=60))
    (first,) = await ledger.timers()
    await ledger.run(RemindLater(account_id="a", seconds=90), RemindLater(account_id="b", seconds=None))
    (timer,) = await ledger.timers()
    assert (timer["_id"], timer["key"]) == (f"{ACME}/a", "ledger.remind")
    assert (timer["due"] - first["due"]).total_seconds() == 30
    (envelope,) = cloudevents.decode(cloudevents.join([timer["body"]]))
    assert (envelope.type, envelope.data, envelope.tenant, envelope.id[:4]) == ("ledger.remind", {"account_id": "a"}, ACME, "tmr_")
    assert ledger.store.timers_changed.is_set()
    await ledger.run(RemindLater(account_id="a", seconds=None))
    assert await ledger.timers() == []


async def test_a_timer_that_is_scheduled_again_for_the_same_moment_is_another_message(ledger: Ledger) -> None:
    first, again = (ledger.envelope(RemindLater(account_id="a", seconds=60)) for _ in range(2))
    ids = set()
    for command in (first, again, first):
        await ledger.run(command)
        (timer,) = await ledger.timers()
        (envelope,) = cloudevents.decode(cloudevents.join([timer["body"]]))
        ids.add(envelope.id)
    assert len(ids) == 2


async def test_a_command_line_runs_a_message_in_its_own_process(ledger: Ledger) -> None:
    reply = await ledger.runner.execute(OpenAccount(account_id="a"), ACME)
    assert reply.result is not None
    assert [fact.type for fact in await ledger.outbox()] == ["account.changed"]
    again = await ledger.runner.execute(OpenAccount(account_id="a"), ACME)
    assert again.refusal is not None


async def test_groups_of_one(ledger: Ledger) -> None:
    ledger.runner = GroupRunner(ledger.store, SUBSCRIPTIONS, ledger.clock, ledger.ids, group_max=1)
    assert ledger.runner.concurrent(ledger.envelope(OpenAccount(account_id="a")))
    await ledger.run(OpenAccount(account_id="a"), Deposit(account_id="a", amount=1), Deposit(account_id="a", amount=1))
    assert await ledger.balance() == (3, 2)
