"""`priorbus fhir clients …`: registrations of FHIR clients."""

import secrets
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pymongo.errors import DuplicateKeyError

from priorbus.contracts.fhir_scopes import is_scope
from priorbus.gateway.cli.database import with_database
from priorbus.gateway.cli.tenants import require_tenant
from priorbus.gateway.credentials import api_key, base62
from priorbus.gateway.credentials.key_record import USER_ID_BITS
from priorbus.gateway.oauth.clients import BASES, Base, FhirClient, FhirClients
from priorbus.gateway.oauth.key_sets import BadKeySet, read_key_set
from priorbus.gateway.oauth.tokens import TOKENS
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import AsJson, fail, show
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo.driver import Database
from priorbus.runtime.outgoing import ForbiddenUrl, OutgoingGuard

DEFAULT_SCOPES = ("system/*.cruds",)
app = typer.Typer(help="Registered FHIR clients.", no_args_is_help=True)

TenantOption = Annotated[str, typer.Option(help="Id of the tenant.")]
ScopeOption = Annotated[list[str] | None, typer.Option(help="SMART system scope; may be repeated.")]


@app.callback()
def registrations() -> None:
    """Registered FHIR clients."""


@app.command()
def create(  # noqa: PLR0913, PLR0917 - the options of a command
    tenant: TenantOption,
    client: Annotated[str | None, typer.Option("--id", help="Client id, unique across tenants; default: a new one.")] = None,
    jwks: Annotated[Path | None, typer.Option(help="File with the client's public keys (JWKS).", dir_okay=False)] = None,
    jwks_url: Annotated[str | None, typer.Option(help="Where the client's public keys are.")] = None,
    scope: ScopeOption = None,
    identifier: Annotated[list[str] | None, typer.Option(help="`value` or `system|value` that the client owns; may be repeated.")] = None,
    npi: Annotated[list[str] | None, typer.Option(help="NPI that the client inquires for; may be repeated.")] = None,
    base: Annotated[list[str] | None, typer.Option(help="FHIR base that it may use; may be repeated; default: all.")] = None,
    tenant_wide: Annotated[bool, typer.Option(help="It sees what all clients of the tenant sent.")] = False,  # noqa: FBT002 - as above
    basic: Annotated[bool, typer.Option(help="Permit HTTP Basic on /fhir; the secret is shown once.")] = False,  # noqa: FBT002 - as above
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Register a client."""
    secret = base62.random_secret() if basic else None
    if jwks is None and jwks_url is None and secret is None:
        fail("a client needs --jwks, --jwks-url or --basic", as_json=as_json)
    registered = FhirClient(
        id=client or new_id("cli"),
        tenant=tenant,
        user_id=secrets.randbits(USER_ID_BITS) + 1,
        scopes=scopes_of(scope, as_json=as_json),
        jwks=_key_set(jwks, as_json=as_json) if jwks else None,
        jwks_url=_url(jwks_url, as_json=as_json) if jwks_url else None,
        secret_digest=api_key.digest(secret) if secret else None,
        identifiers=tuple(identifier or ()),
        npis=tuple(npi or ()),
        tenant_wide=tenant_wide,
        bases=_bases(base, as_json=as_json),
    )

    async def work(database: Database, settings: DatabaseSettings) -> None:
        await require_tenant(database, tenant, as_json=as_json)
        try:
            await FhirClients(database).add(registered)
        except DuplicateKeyError:
            fail(f"there is a client {registered.id} already", as_json=as_json)

    with_database(work, as_json=as_json)
    shown: dict[str, Any] = {"id": registered.id, "tenant": tenant, "scopes": list(registered.scopes)}
    show(shown | ({"secret": secret} if secret else {}), f"{registered.id} {secret or ''}".strip(), as_json=as_json)


@app.command("list")
def list_clients(tenant: TenantOption, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command line option
    """List a tenant's clients, without their keys."""

    async def work(database: Database, settings: DatabaseSettings) -> list[dict[str, Any]]:
        await require_tenant(database, tenant, as_json=as_json)
        return [_shown(client) for client in await FhirClients(database).of(tenant)]

    found = with_database(work, as_json=as_json)
    lines = [f"{one['id']}  {' '.join(one['scopes'])}" for one in found]
    show(found, "\n".join(lines) or f"{tenant} has no FHIR clients", as_json=as_json)


@app.command()
def remove(
    tenant: TenantOption,
    client: Annotated[str, typer.Argument(metavar="ID", help="Id as `list` shows it.")],
    as_json: AsJson = False,  # noqa: FBT002 - a command line option
) -> None:
    """Forget a client and end its access tokens; it gets in nowhere any more after five seconds."""

    async def work(database: Database, settings: DatabaseSettings) -> None:
        removed = await FhirClients(database).remove(tenant, client)
        # Also of a client that is gone already: an earlier removal may have died in between.
        await database[TOKENS].delete_many({"tenant": tenant, "client_id": client})
        if not removed:
            fail(f"{tenant} has no FHIR client {client}", as_json=as_json)

    with_database(work, as_json=as_json)
    show({"id": client, "removed": True}, f"{client} removed", as_json=as_json)


def _shown(client: FhirClient) -> dict[str, Any]:
    """A registration without what proves who the client is."""
    return {
        "id": client.id,
        "tenant": client.tenant,
        "scopes": list(client.scopes),
        "jwksUrl": client.jwks_url,
        "basic": client.secret_digest is not None,
        "identifiers": list(client.identifiers),
        "npis": list(client.npis),
        "tenantWide": client.tenant_wide,
        "bases": list(client.bases),
    }


def scopes_of(given: list[str] | None, *, as_json: bool) -> tuple[str, ...]:
    """The scopes that are asked for, each once; ends with a clear message when one is none."""
    scopes = tuple(dict.fromkeys(given or DEFAULT_SCOPES))
    if not all(map(is_scope, scopes)):
        fail("not a system scope", as_json=as_json)
    return scopes


def _key_set(path: Path, *, as_json: bool) -> dict[str, Any]:
    try:
        value = orjson.loads(path.read_bytes())
        usable = read_key_set(value)
    except (OSError, ValueError, BadKeySet) as error:
        fail(f"no key set: {error}", as_json=as_json)
    if not usable:
        fail("the key set has no RSA key of 2048 bits or P-384 key with a kid", as_json=as_json)
    keys: dict[str, Any] = value
    return keys


def _url(url: str, *, as_json: bool) -> str:
    try:
        OutgoingGuard(allowed_hosts=frozenset({"127.0.0.1", "localhost"})).check(url)
    except ForbiddenUrl as error:
        fail(str(error), as_json=as_json)
    return url


def _bases(given: list[str] | None, *, as_json: bool) -> tuple[Base, ...]:
    chosen = tuple(base for base in BASES if given is None or base in given)
    if given is not None and len(chosen) != len(set(given)):
        fail(f"a base is one of {', '.join(BASES)}", as_json=as_json)
    return chosen
