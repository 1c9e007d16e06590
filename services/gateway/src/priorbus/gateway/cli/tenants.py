"""`priorbus tenants …`."""

import re
from typing import Annotated, Any

import typer
from pymongo.errors import DuplicateKeyError

from priorbus.gateway.cli.database import with_database
from priorbus.gateway.presentation.moments import format_moment
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import AsJson, fail, show
from priorbus.runtime.clock import utc_now
from priorbus.runtime.mongo.driver import Database

TENANT_ID = re.compile(r"t_[a-z0-9_-]{1,40}")
app = typer.Typer(help="Tenants.", no_args_is_help=True)


@app.callback()
def tenants() -> None:
    """Tenants."""


@app.command()
def create(
    tenant: Annotated[str, typer.Argument(help="Id, for example t_acme.")],
    name: Annotated[str, typer.Option(help="Name for people; default: the id.")] = "",
    as_json: AsJson = False,  # noqa: FBT002 - a command line option
) -> None:
    """Create a tenant; one that exists is left as it is."""
    if TENANT_ID.fullmatch(tenant) is None:
        fail("a tenant id is t_ and up to 40 lower-case letters, digits, _ or -", as_json=as_json)

    async def work(database: Database, settings: DatabaseSettings) -> bool:
        try:
            await database["tenants"].insert_one({"_id": tenant, "name": name or tenant, "created_at": utc_now()})
        except DuplicateKeyError:
            return False
        return True

    created = with_database(work, as_json=as_json)
    show({"tenant": tenant, "created": created}, f"{tenant} {'created' if created else 'exists'}", as_json=as_json)


@app.command("list")
def list_tenants(as_json: AsJson = False) -> None:  # noqa: FBT002 - a command line option
    """List the tenants."""

    async def work(database: Database, settings: DatabaseSettings) -> list[dict[str, Any]]:
        rows = await database["tenants"].find({}, sort=[("_id", 1)]).to_list(None)
        return [{"tenant": row["_id"], "name": row["name"], "createdAt": format_moment(row["created_at"])} for row in rows]

    found = with_database(work, as_json=as_json)
    show(found, "\n".join(f"{one['tenant']}  {one['name']}" for one in found) or "there are no tenants", as_json=as_json)


async def require_tenant(database: Database, tenant: str, *, as_json: bool) -> dict[str, Any]:
    """The tenant's record; ends the command when there is none."""
    found = await database["tenants"].find_one({"_id": tenant})
    if found is None:
        fail(f"there is no tenant {tenant}", as_json=as_json)
    return found
