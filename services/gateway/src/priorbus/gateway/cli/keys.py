"""`priorbus keys …`: the first API keys of a tenant (Conventions 3.3)."""

import secrets
from typing import Annotated

import typer

from priorbus.gateway.cli.database import with_database
from priorbus.gateway.cli.tenants import require_tenant
from priorbus.gateway.credentials import api_key
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import AsJson, fail, show
from priorbus.runtime.clock import utc_now
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo.driver import Database

USER_ID_BITS = 62
API_SCOPES = frozenset(
    {
        *("authorizations:read", "authorizations:write", "authorizations:confirm", "files:read", "files:write", "catalog:read"),
        *("providers:read", "providers:write", "patients:read", "patients:write", "patient_attachments:read", "patient_attachments:write"),
        *("events:read", "webhooks:manage", "api_keys:manage", "sandbox:use", "*"),
    }
)
"""Every scope an API key can have (Conventions 3.5)."""
app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """API keys."""


@app.command()
def create(
    tenant: Annotated[str, typer.Option(help="Id of the tenant.")],
    name: Annotated[str, typer.Option(help="Name of the client.")],
    scope: Annotated[list[str] | None, typer.Option(help="May be repeated; default: everything.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - a command line option
) -> None:
    """Create an API key and show it, once."""
    scopes = sorted(set(scope or ["*"]))
    if not API_SCOPES.issuperset(scopes):
        fail("unknown scope", as_json=as_json)

    async def work(database: Database, settings: DatabaseSettings) -> tuple[str, str]:
        await require_tenant(database, tenant, as_json=as_json)
        key, key_id = api_key.mint(settings.environment), new_id("key")
        await database["api_keys"].insert_one(
            {
                "_id": key_id,
                "digest": api_key.digest(key),
                "tenant": tenant,
                "name": name,
                "user_id": secrets.randbits(USER_ID_BITS) + 1,
                "scopes": scopes,
                "created_at": utc_now(),
                "last_used_at": None,
                "revoked_at": None,
                "expires_at": None,
            }
        )
        return key, key_id

    key, key_id = with_database(work, as_json=as_json)
    show({"id": key_id, "tenant": tenant, "name": name, "scopes": scopes, "key": key}, key, as_json=as_json)
