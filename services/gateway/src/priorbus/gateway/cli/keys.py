"""`priorbus keys …`: API keys of a tenant, the first ones among them (Conventions 3.3)."""

from typing import Annotated, Any

import typer

from priorbus.gateway.cli.database import with_database
from priorbus.gateway.cli.tenants import require_tenant
from priorbus.gateway.credentials import api_key
from priorbus.gateway.credentials.key_record import COLLECTION, NewKey, key_record
from priorbus.gateway.credentials.scopes import API_SCOPES
from priorbus.gateway.presentation.api_key import render_api_key
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import AsJson, fail, show
from priorbus.runtime.clock import utc_now
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo.driver import Database

TenantOption = Annotated[str, typer.Option(help="Id of the tenant.")]
Quota = Annotated[int | None, typer.Option(min=1, help="Requests per window, instead of the deployment's limit.")]
app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """API keys."""


@app.command()
def create(
    tenant: TenantOption,
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


@app.command("list")
def list_keys(tenant: TenantOption, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command line option
    """List a tenant's keys without the keys themselves, newest first, revoked ones included."""

    async def work(database: Database, settings: DatabaseSettings) -> list[dict[str, Any]]:
        await require_tenant(database, tenant, as_json=as_json)
        rows = await database[COLLECTION].find({"tenant": tenant}, {"digest": 0}, sort=[("created_at", -1), ("_id", -1)]).to_list(None)
        return [render_api_key(row) for row in rows]

    found = with_database(work, as_json=as_json)
    lines = [f"{one['id']}  {one['name']}  {' '.join(one['scopes'])}{'  revoked' if one['revokedAt'] else ''}" for one in found]
    show(found, "\n".join(lines) or f"{tenant} has no keys", as_json=as_json)


@app.command()
def revoke(
    tenant: TenantOption,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id as `list` shows it.")],
    as_json: AsJson = False,  # noqa: FBT002 - a command line option
) -> None:
    """End a key for good; it works nowhere any more after five seconds. Again is harmless."""

    async def work(database: Database, settings: DatabaseSettings) -> dict[str, Any]:
        rows, mine = database[COLLECTION], {"_id": key_id, "tenant": tenant}
        await rows.update_one({**mine, "revoked_at": None}, {"$set": {"revoked_at": utc_now()}})
        row = await rows.find_one(mine, {"digest": 0})
        if row is None:
            fail(f"{tenant} has no key {key_id}", as_json=as_json)
        return render_api_key(row)

    revoked = with_database(work, as_json=as_json)
    show(revoked, f"{key_id} is revoked since {revoked['revokedAt']}", as_json=as_json)
