"""`priorbus pas endpoint`: the remote PAS endpoint that decides a tenant's requests, from the command line (fhir-pas.md 22)."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from priorbus.contracts.commands.fhir_pas import SetPayerEndpoint
from priorbus.contracts.replies import Reply
from priorbus.fhir_pas.aggregates import ALL
from priorbus.fhir_pas.domain.remote.endpoint import SCOPE, SUBSCRIBING_SCOPE
from priorbus.fhir_pas.handlers.set_payer_endpoint import set_payer_endpoint
from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.ids import new_id
from priorbus.runtime.outgoing import ForbiddenUrl, OutgoingGuard
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings, SealingSettings
from priorbus.runtime.settlement import StoreUnavailable

app = typer.Typer(help="The remote PAS endpoint that decides a tenant's requests.", no_args_is_help=True)
SERVICE: Final = "fhir-pas"
TenantOption = Annotated[str, typer.Option(help="The tenant, for example t_acme.")]


class EndpointSettings(MongoSettings, SealingSettings):
    """What the commands about endpoints need."""


@app.callback()
def endpoint() -> None:
    """The remote PAS endpoint that decides a tenant's requests."""


@app.command()
def key(
    path: Annotated[Path, typer.Argument(help="Where to write the private key; it must not exist yet.", dir_okay=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Make a P-384 key; what is printed is the public key set to be registered at the payer."""
    made = ECKey.generate_key("P-384", {"kid": new_id("key"), "use": "sig", "alg": "ES384"})
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{path} is there already", as_json=as_json)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(made.as_dict(private=True)))
    public = {"keys": [made.as_dict(private=False)]}
    show(public, orjson.dumps(public).decode(), as_json=as_json)


@app.command(name="set")
def change(  # noqa: PLR0913 - the options of a command
    tenant: TenantOption,
    *,
    base_url: Annotated[str, typer.Option(help="The remote FHIR base.")],
    token_url: Annotated[str, typer.Option(help="Its token endpoint.")],
    client: Annotated[str, typer.Option(help="Our client id there.")],
    key: Annotated[Path, typer.Option(help="File with our private key (JWK with kid).", dir_okay=False)],
    scope: Annotated[str, typer.Option(help="The scopes to ask for; by default what requests, and a Subscription, need.")] = "",
    known_as: Annotated[
        list[str] | None,
        typer.Option(help="An identifier by which the payer knows us, `value` or `system|value`; with any, we subscribe there."),
    ] = None,
    poll_seconds: Annotated[int, typer.Option(help="Seconds between inquiries about pended requests.", min=1)] = 900,
    as_json: AsJson = False,
) -> None:
    """Let this endpoint decide the tenant's requests from now on."""
    settings = command_settings(EndpointSettings, as_json=as_json)
    private = _private_key(key, as_json=as_json)
    command = SetPayerEndpoint(
        base_url=_url(base_url, as_json=as_json).rstrip("/"),
        token_url=_url(token_url, as_json=as_json),
        client_id=client,
        kid=str(private.kid),
        algorithm="RS384" if isinstance(private, RSAKey) else "ES384",
        sealed_key=Sealer(settings.sealing_keys).seal(orjson.dumps(private.as_dict(private=True)).decode()).decode(),
        scope=scope or (SUBSCRIBING_SCOPE if known_as else SCOPE),
        poll_seconds=poll_seconds,
        filters=tuple(known_as or ()),
    )
    _run(settings, tenant, command, as_json=as_json)
    show({"tenant": tenant, "baseUrl": command.base_url}, f"{tenant} is decided by {command.base_url}", as_json=as_json)


@app.command()
def remove(tenant: TenantOption, *, as_json: AsJson = False) -> None:
    """Forget the tenant's endpoint."""
    settings = command_settings(EndpointSettings, as_json=as_json)
    _run(settings, tenant, SetPayerEndpoint(), as_json=as_json)
    show({"tenant": tenant, "baseUrl": None}, f"{tenant} has no payer endpoint", as_json=as_json)


def _run(settings: EndpointSettings, tenant: str, command: SetPayerEndpoint, *, as_json: bool) -> None:
    try:
        asyncio.run(execute(settings, tenant, command))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)


async def execute(settings: MongoSettings, tenant: str, command: SetPayerEndpoint) -> Reply:
    """Run the command on the service's database."""
    async with open_store(settings, SERVICE) as store:
        await store.ensure_indexes(ALL)
        return await GroupRunner(store, (Subscription(SetPayerEndpoint, set_payer_endpoint),)).execute(command, tenant)


def _private_key(path: Path, *, as_json: bool) -> RSAKey | ECKey:
    try:
        found = import_key(orjson.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, JoseError) as error:
        fail(f"no key: {type(error).__name__}", as_json=as_json)
    fits = isinstance(found, RSAKey) or (isinstance(found, ECKey) and found.curve_name == "P-384")
    if not fits or not found.is_private or not found.kid:
        fail("the key is neither a private RSA nor a private P-384 key with a kid", as_json=as_json)
    return found  # type: ignore[return-value]  # one of both, as checked


def _url(text: str, *, as_json: bool) -> str:
    try:
        OutgoingGuard(allowed_hosts=frozenset({"127.0.0.1", "localhost"})).check(text)
    except ForbiddenUrl as error:
        fail(str(error), as_json=as_json)
    return text
