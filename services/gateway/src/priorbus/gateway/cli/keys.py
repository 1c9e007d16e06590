"""`priorbus keys …`: the first API keys of a tenant (Conventions 3.3)."""

from typing import Annotated

import typer

from priorbus.gateway.cli.database import with_database
from priorbus.gateway.cli.tenants import require_tenant
from priorbus.gateway.credentials import api_key
from priorbus.gateway.credentials.key_record import COLLECTION, NewKey, key_record
from priorbus.gateway.credentials.scopes import API_SCOPES
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import AsJson, fail, show
from priorbus.runtime.clock import utc_now
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo.driver import Database

Quota = Annotated[int | None, typer.Option(min=1, help="Requests per window, instead of the deployment's limit.")]
app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """API keys."""


@app.command()
def create(
    tenant: Annotated[str, typer.Option(help="Id of the tenant.")],
    name: Annotated[str, typer.Option(help="Name of the client.")],
    scope: Annotated[list[str] | None, typer.Option(help="May be repeated; default: everything.")] = None,
    rate_default: Quota = None,
    rate_poll: Quota = None,
    as_json: AsJson = False,  # noqa: FBT002 - a command line option
) -> None:
    """Create an API key and show it, once."""
    scopes = sorted(set(scope or ["*"]))
    if not API_SCOPES.issuperset(scopes):
        fail("unknown scope", as_json=as_json)
    quotas = {policy: quota for policy, quota in (("default", rate_default), ("poll", rate_poll)) if quota is not None}

    async def work(database: Database, settings: DatabaseSettings) -> tuple[str, str]:
        await require_tenant(database, tenant, as_json=as_json)
        key, key_id = api_key.mint(settings.environment), new_id("key")
        wanted = NewKey(tenant, name, scopes, quotas=quotas)
        await database[COLLECTION].insert_one(key_record(key_id, key, wanted, utc_now()))
        return key, key_id

    key, key_id = with_database(work, as_json=as_json)
    show({"id": key_id, "tenant": tenant, "name": name, "scopes": scopes, "key": key}, key, as_json=as_json)
