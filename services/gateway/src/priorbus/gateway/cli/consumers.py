"""`priorbus consumers …`: accounts of the broker that may read public events (Conventions 13.3)."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from priorbus.gateway.broker.accounts import ALL_TENANTS, Account, BrokerAccounts
from priorbus.gateway.broker.management import BrokerRefused, management
from priorbus.gateway.cli.tenants import TENANT_ID
from priorbus.gateway.credentials import base62
from priorbus.gateway.settings import BrokerSettings
from priorbus.runtime.bus.names import EVENT_STREAM, EVENTS
from priorbus.runtime.cli import AsJson, command_settings, fail, show

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
app = typer.Typer(help="Accounts of the broker that read public events.", no_args_is_help=True)

TenantOption = Annotated[str | None, typer.Option(help="Whose events it may read.")]
EverythingOption = Annotated[bool, typer.Option("--all-tenants", help="It may read every tenant's events, and the replay stream.")]
NameOption = Annotated[str, typer.Option(help="Name of the consumer.")]


@app.callback()
def consumers() -> None:
    """Accounts of the broker that read public events."""


@app.command()
def create(
    name: NameOption,
    tenant: TenantOption = None,
    everything: EverythingOption = False,  # noqa: FBT002 - a command line option
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Create an account and show its password, once. One that exists gets a new password and today's permissions."""
    account = _account(name, tenant, everything=everything, as_json=as_json)
    password = base62.random_secret()

    async def work(accounts: BrokerAccounts) -> None:
        await accounts.create(account, password)

    _with_accounts(work, as_json=as_json)
    shown = {**_shown(account), "password": password}
    show(shown, f"{account.user} {password}", as_json=as_json)


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:  # noqa: FBT002 - a command line option
    """List the accounts."""
    found: list[Account] = []

    async def work(accounts: BrokerAccounts) -> None:
        found.extend(await accounts.all())

    _with_accounts(work, as_json=as_json)
    show([_shown(account) for account in found], "\n".join(account.user for account in found), as_json=as_json)


@app.command()
def remove(
    name: NameOption,
    tenant: TenantOption = None,
    everything: EverythingOption = False,  # noqa: FBT002 - a command line option
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Remove an account and close its connections; its queues stay until they expire."""
    account = _account(name, tenant, everything=everything, as_json=as_json)

    async def work(accounts: BrokerAccounts) -> None:
        if not await accounts.remove(account):
            fail(f"there is no account {account.user}", as_json=as_json)

    _with_accounts(work, as_json=as_json)
    show({"account": account.user, "removed": True}, f"{account.user} removed", as_json=as_json)


def _account(name: str, tenant: str | None, *, everything: bool, as_json: bool) -> Account:
    if (tenant is None) != everything:
        fail("either --tenant or --all-tenants", as_json=as_json)
    if tenant is not None and TENANT_ID.fullmatch(tenant) is None:
        fail("that is no tenant id", as_json=as_json)
    if NAME.fullmatch(name) is None:
        fail("a name has up to 40 lower-case letters, digits, _ or -", as_json=as_json)
    return Account(ALL_TENANTS if tenant is None else tenant, name)


def _shown(account: Account) -> dict[str, object]:
    return {
        "account": account.user,
        "tenant": None if account.tenant == ALL_TENANTS else account.tenant,
        "exchange": EVENTS,
        "routingKeys": account.binding_key,
        "queues": f"{account.queue_prefix}*",
        "stream": EVENT_STREAM if account.tenant == ALL_TENANTS else None,
    }


def _with_accounts(work: Callable[[BrokerAccounts], Awaitable[None]], *, as_json: bool) -> None:
    settings = command_settings(BrokerSettings, as_json=as_json)

    async def run() -> None:
        async with management(settings) as broker:
            await work(BrokerAccounts(broker))

    try:
        asyncio.run(run())
    except BrokerRefused as error:
        fail(str(error), as_json=as_json)
