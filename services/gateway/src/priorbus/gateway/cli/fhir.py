"""`priorbus fhir …`: access tokens for development, as long as there is no token endpoint."""

import secrets
from datetime import timedelta
from typing import Annotated

import typer

from priorbus.gateway.cli.database import with_database
from priorbus.gateway.cli.keys import USER_ID_BITS
from priorbus.gateway.cli.tenants import require_tenant
from priorbus.gateway.credentials import api_key, base62
from priorbus.gateway.credentials.fhir_scopes import is_scope
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import AsJson, fail, show
from priorbus.runtime.clock import utc_now
from priorbus.runtime.mongo.driver import Database

LIFETIME = timedelta(seconds=300)
DEFAULT_SCOPES = ("system/Claim.cruds", "system/ClaimResponse.rs")
app = typer.Typer(help="FHIR access.", no_args_is_help=True)


@app.callback()
def fhir() -> None:
    """FHIR access."""


@app.command()
def token(
    tenant: Annotated[str, typer.Option(help="Id of the tenant.")],
    client: Annotated[str, typer.Option(help="Id of the client.")],
    scope: Annotated[list[str] | None, typer.Option(help="SMART system scope; may be repeated.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - a command line option
) -> None:
    """Make an access token and print it; valid for 300 seconds."""
    scopes = sorted(set(scope or DEFAULT_SCOPES))
    if not all(map(is_scope, scopes)):
        fail("not a system scope", as_json=as_json)

    async def work(database: Database, settings: DatabaseSettings) -> str:
        await require_tenant(database, tenant, as_json=as_json)
        secret, now = base62.random_secret(), utc_now()
        await database["access_tokens"].insert_one(
            {
                "_id": api_key.digest(secret),
                "tenant": tenant,
                "client_id": client,
                "user_id": secrets.randbits(USER_ID_BITS) + 1,
                "scopes": scopes,
                "created_at": now,
                "expires_at": now + LIFETIME,
            }
        )
        return secret

    secret = with_database(work, as_json=as_json)
    answer = {"access_token": secret, "token_type": "bearer", "expires_in": int(LIFETIME.total_seconds()), "scope": " ".join(scopes)}
    show(answer, secret, as_json=as_json)
