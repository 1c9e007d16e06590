"""`priorbus providers`: the tenant's providers from the command line."""

import asyncio
from typing import Annotated, Any, Final

import typer

from priorbus.contracts.commands.requirements import RegisterProvider
from priorbus.contracts.replies import Reply
from priorbus.requirements.aggregates import ALL
from priorbus.requirements.handlers.register_provider import register_provider
from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings
from priorbus.runtime.settlement import StoreUnavailable

app = typer.Typer(help="Providers of a tenant.", no_args_is_help=True)
SERVICE: Final = "requirements"


@app.callback()
def providers() -> None:
    """Providers of a tenant."""


@app.command()
def register(
    tenant: Annotated[str, typer.Option(help="The tenant, for example t_acme.")],
    npi: Annotated[str, typer.Option(help="National Provider Identifier, 10 digits.")],
    name: Annotated[str, typer.Option(help="Display name.")],
    *,
    inactive: Annotated[bool, typer.Option("--inactive", help="Register without access to payers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add a provider. One that exists already is left as it is."""
    settings = command_settings(MongoSettings, as_json=as_json)
    command = RegisterProvider(npi=npi, display_name=name, status="inactive" if inactive else "active")
    try:
        reply = asyncio.run(execute(settings, tenant, command))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    report(npi, tenant, reply, as_json=as_json)


async def execute(settings: MongoSettings, tenant: str, command: RegisterProvider) -> Reply:
    """Run the command on the service's database; the running service's relay publishes the fact."""
    async with open_store(settings, SERVICE) as store:
        await store.ensure_indexes(ALL)
        runner = GroupRunner(store, (Subscription(RegisterProvider, register_provider),))
        return await runner.execute(command, tenant)


def report(npi: str, tenant: str, reply: Reply, *, as_json: bool) -> None:
    """Print what came of it."""
    if reply.refusal is not None and reply.refusal.code != "provider_already_exists":
        fail("; ".join(issue.message for issue in reply.refusal.issues) or reply.refusal.code, as_json=as_json)
    created = reply.refusal is None
    document: dict[str, Any] = {"npi": npi, "tenant": tenant, "created": created, "provider": (reply.result or {}).get("provider")}
    show(document, f"provider {npi} {'registered' if created else 'was registered before'} in {tenant}", as_json=as_json)
