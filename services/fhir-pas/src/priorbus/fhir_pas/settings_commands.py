"""`priorbus pas settings`: what counts for one tenant, from the command line (fhir-pas.md 26)."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
import yaml

from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings
from priorbus.contracts.replies import Reply
from priorbus.fhir_pas.adapters.sandbox.rule_table import load_table
from priorbus.fhir_pas.aggregates import ALL
from priorbus.fhir_pas.domain.tenant_settings import ENDPOINT_ALLOW
from priorbus.fhir_pas.handlers.change_tenant_settings import change_tenant_settings
from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings
from priorbus.runtime.settlement import StoreUnavailable

app = typer.Typer(help="Settings of one tenant.", no_args_is_help=True)
SERVICE = "fhir-pas"


@app.callback()
def settings() -> None:
    """Settings of one tenant."""


@app.command(name="set")
def change(
    tenant: Annotated[str, typer.Option(help="The tenant, for example t_acme.")],
    *,
    value: Annotated[list[str] | None, typer.Option(help="`key=value`, the value as JSON; null removes the key.")] = None,
    rules: Annotated[Path | None, typer.Option(help="YAML file with the sandbox payer's rule table.", dir_okay=False)] = None,
    common_rules: Annotated[bool, typer.Option("--common-rules", help="Back to the rule table that comes with the service.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set keys, and print all that the tenant has set; it counts from the next request on, pas.reply_deadline_ms within seconds."""
    table = "" if common_rules else None if rules is None else _table(rules, as_json=as_json)
    command = ChangeTenantSettings(values=dict(_pairs(value or (), as_json=as_json)), rules=table)
    found = command_settings(MongoSettings, as_json=as_json)
    if found.environment == "live" and command.values.get(ENDPOINT_ALLOW):
        fail(f"{ENDPOINT_ALLOW} is refused in the live environment", as_json=as_json)
    try:
        reply = asyncio.run(execute(found, tenant, command))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    if reply.refusal is not None:
        fail(f"not possible: {', '.join(str(issue.field) for issue in reply.refusal.issues)}", as_json=as_json)
    shown = reply.result or {}
    document = {"tenant": tenant, "settings": orjson.loads(shown["settings"]), "ownRules": shown["ownRules"]}
    show(document, orjson.dumps(document["settings"]).decode(), as_json=as_json)


async def execute(found: MongoSettings, tenant: str, command: ChangeTenantSettings) -> Reply:
    """Run the command on the service's database."""
    async with open_store(found, SERVICE) as store:
        await store.ensure_indexes(ALL)
        runner = GroupRunner(store, (Subscription(ChangeTenantSettings, change_tenant_settings),))
        return await runner.execute(command, tenant)


def _pairs(given: Iterable[str], *, as_json: bool) -> Iterable[tuple[str, Any]]:
    for one in given:
        key, _, text = one.partition("=")
        try:
            yield key, orjson.loads(text)
        except orjson.JSONDecodeError:
            fail(f"the value of {key} is no JSON", as_json=as_json)


def _table(path: Path, *, as_json: bool) -> str:
    try:
        text = path.read_text()
        load_table(text)
    except (OSError, ValueError, yaml.YAMLError, TypeError) as error:
        fail(f"no rule table: {error}", as_json=as_json)
    return text
