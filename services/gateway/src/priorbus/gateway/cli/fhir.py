"""`priorbus fhir …`: registrations of FHIR clients, and access tokens for development."""

import secrets
from typing import Annotated

import typer

from priorbus.contracts.fhir_scopes import grants
from priorbus.gateway.cli.database import with_database
from priorbus.gateway.cli.fhir_clients import ScopeOption, TenantOption, scopes_of
from priorbus.gateway.cli.fhir_clients import app as clients
from priorbus.gateway.cli.tenants import require_tenant
from priorbus.gateway.credentials.key_record import USER_ID_BITS
from priorbus.gateway.oauth.clients import FhirClient, FhirClients
from priorbus.gateway.oauth.tokens import LIFETIME, TOKENS, grant
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import AsJson, fail, show
from priorbus.runtime.clock import utc_now
from priorbus.runtime.mongo.driver import Database

app = typer.Typer(help="FHIR access.", no_args_is_help=True)
app.add_typer(clients, name="clients")


@app.command()
def token(
    tenant: TenantOption,
    client: Annotated[str, typer.Option(help="Id of the client; it need not be registered.")],
    scope: ScopeOption = None,
    identifier: Annotated[list[str] | None, typer.Option(help="Identifier of a client that is not registered.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Make an access token without an assertion, for development, and print it; valid for 300 seconds."""
    wanted = scopes_of(scope, as_json=as_json)
    if not client:
        fail("a client has a name: what no client has sent belongs to the empty one", as_json=as_json)

    async def work(database: Database, settings: DatabaseSettings) -> str:
        await require_tenant(database, tenant, as_json=as_json)
        known = await FhirClients(database).find(client)
        if known is None or known.tenant != tenant:
            user_id, identifiers = secrets.randbits(USER_ID_BITS) + 1, tuple(identifier or ())
            known = FhirClient(id=client, tenant=tenant, user_id=user_id, scopes=wanted, identifiers=identifiers)
        elif not all(grants(known.scopes, one) for one in wanted):
            fail("a scope is not registered for the client", as_json=as_json)
        return (await grant(database[TOKENS], known, wanted, utc_now)).token

    secret = with_database(work, as_json=as_json)
    answer = {"access_token": secret, "token_type": "bearer", "expires_in": int(LIFETIME.total_seconds()), "scope": " ".join(wanted)}
    show(answer, secret, as_json=as_json)
