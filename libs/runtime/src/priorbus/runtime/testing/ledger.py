"""A small service for the runtime's own tests: accounts, deposits, and every way in which a message can go wrong."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Command, Fact, Query, message
from priorbus.contracts.model import Model
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result, Subscription, TransientError
from priorbus.runtime.work import Collection, Index, Reader, Ref


class Account(Model):
    """`version` counts accepted deposits from 1; `memo` fills it up to a realistic size."""

    id: str
    tenant: str
    version: int = 1
    balance: int = 0
    opened_at: datetime
    memo: tuple[str, ...] = ()


ACCOUNTS: Collection[Account] = Collection(
    "accounts", Account, lambda account: account.id, (Index("by_balance", (("tenant", 1), ("balance", -1))),)
)


class AccountCommand(Command):
    """Addresses one account."""

    account_id: str


@message("ledger.open_account")
class OpenAccount(AccountCommand):
    """Refused as `account_exists` when there is one."""

    memo: tuple[str, ...] = ()


@message("ledger.deposit")
class Deposit(AccountCommand):
    """Refused as `version_conflict` or `account_not_found`."""

    amount: int
    expected_version: int | None = None


@message("ledger.break")
class Break(AccountCommand):
    """Changes the account, publishes, schedules, and then fails as told."""

    how: str


@message("ledger.audit")
class Audit(AccountCommand):
    """Asks the outside world first."""


@message("ledger.remind_later")
class RemindLater(AccountCommand):
    """Schedules a reminder, or drops it with `seconds` None."""

    seconds: float | None


@message("ledger.remind")
class Remind(AccountCommand):
    """What a timer sends."""


@message("ledger.read_account")
class ReadAccount(Query):
    """Refused as `account_not_found`."""

    account_id: str


@message("ledger.break_query")
class BreakQuery(Query):
    """Tries to change something."""

    account_id: str


@message("account.changed")
class AccountChanged(Fact):
    """The account after one accepted command."""

    account: Account


@message("payment.received")
class PaymentReceived(Fact):
    """Somebody else's fact; deposited."""

    account_id: str
    amount: int


def account_of(command: Any, tenant: str) -> Iterable[Ref]:
    """The account a message is about."""
    return (Ref(ACCOUNTS, tenant, command.account_id),)


def _save(context: Context, account: Account) -> Result:
    context.work.put(ACCOUNTS, context.tenant, account)
    context.work.publish(AccountChanged(account=account))
    return {"account": account}


async def open_account(command: OpenAccount, context: Context) -> Result | Refusal:
    if await context.work.get(ACCOUNTS, context.tenant, command.account_id) is not None:
        return Refusal(code="account_exists")
    return _save(context, Account(id=command.account_id, tenant=context.tenant, opened_at=context.now, memo=command.memo))


async def deposit(command: Deposit | PaymentReceived, context: Context) -> Result | Refusal:
    account = await context.work.get(ACCOUNTS, context.tenant, command.account_id)
    if account is None:
        return Refusal(code="account_not_found")
    if isinstance(command, Deposit) and command.expected_version not in (None, account.version):
        return Refusal(code="version_conflict", details={"version": account.version})
    return _save(context, account.model_copy(update={"balance": account.balance + command.amount, "version": account.version + 1}))


async def break_(command: Break, context: Context) -> Result | Refusal:
    account = await context.work.get(ACCOUNTS, context.tenant, command.account_id)
    assert account is not None
    broken = account.model_copy(update={"version": account.version + 1000, "balance": 2**80 if command.how == "unstorable" else 0})
    _save(context, broken)
    context.work.schedule("broken", context.now, Remind(account_id=account.id))
    if command.how == "refuse":
        return Refusal(code="refused_late")
    if command.how == "transient":
        raise TransientError("not now")
    if command.how == "unstorable":
        return {}
    raise RuntimeError("secret text")


async def observe_audit(_: Audit, envelope: Envelope, reader: Reader) -> int:
    """How many accounts named `audited` this tenant has."""
    return int(await reader.get(ACCOUNTS, envelope.tenant, "audited") is not None)


async def audit(_: Audit, context: Context) -> Result:
    return {"observed": context.observed}


async def remind_later(command: RemindLater, context: Context) -> Result:
    if command.seconds is None:
        context.work.unschedule(command.account_id)
    else:
        context.work.schedule(command.account_id, context.now + timedelta(seconds=command.seconds), Remind(account_id=command.account_id))
    return {}


async def read_account(query: ReadAccount, context: Context) -> Result | Refusal:
    account = await context.work.get(ACCOUNTS, context.tenant, query.account_id)
    return Refusal(code="account_not_found") if account is None else {"account": account}


async def break_query(query: BreakQuery, context: Context) -> Result:
    context.work.put(ACCOUNTS, context.tenant, Account(id=query.account_id, tenant=context.tenant, opened_at=datetime.now(UTC)))
    return {}


SUBSCRIPTIONS = (
    Subscription(OpenAccount, open_account, touches=account_of),
    Subscription(Deposit, deposit, touches=account_of),
    Subscription(PaymentReceived, deposit),
    Subscription(Break, break_, touches=account_of),
    Subscription(Audit, audit, observe=observe_audit),
    Subscription(RemindLater, remind_later),
    Subscription(ReadAccount, read_account),
    Subscription(BreakQuery, break_query),
)
