"""`priorbus pas`: what an operator does to pended requests, from the command line."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, Final

import orjson
import typer
from pydantic import ValidationError

from priorbus.contracts.commands.fhir_pas import FinaliseClaimResponse
from priorbus.contracts.commands.fhir_subscriptions import ResendNotification
from priorbus.contracts.replies import Reply
from priorbus.fhir_pas.adapters.claim_index import StoredClaimIndex
from priorbus.fhir_pas.adapters.held_attachments import MongoHeldAttachments
from priorbus.fhir_pas.adapters.inline_contents import NoContents
from priorbus.fhir_pas.adapters.request_bodies import StoredRequestBodies
from priorbus.fhir_pas.adapters.subscription_index import MongoSubscriptionIndex
from priorbus.fhir_pas.aggregates import ALL
from priorbus.fhir_pas.endpoint_commands import app as endpoint_app
from priorbus.fhir_pas.handlers import finalise_claim_response
from priorbus.fhir_pas.handlers.resend_notification import ResendNotificationHandler
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.payers import open_payers
from priorbus.fhir_pas.settings import Settings
from priorbus.fhir_pas.settings_commands import app as settings_app
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_COLLECTIONS
from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.objects import open_objects
from priorbus.runtime.service import open_store
from priorbus.runtime.settlement import StoreUnavailable

app = typer.Typer(help="Prior authorization requests that came in through FHIR.", no_args_is_help=True)
app.add_typer(settings_app, name="settings")
app.add_typer(endpoint_app, name="endpoint")
SERVICE: Final = "fhir-pas"


@app.callback()
def pas() -> None:
    """Prior authorization requests that came in through FHIR."""


@app.command()
def finalise(
    claim_response_id: Annotated[str, typer.Argument(help="Id of the ClaimResponse.")],
    tenant: Annotated[str, typer.Option(help="The tenant, for example t_acme.")],
    *,
    item: Annotated[list[str] | None, typer.Option(help='One decision as JSON: {"sequence":1,"action":"A1"}; may be repeated.')] = None,
    automatic: Annotated[bool, typer.Option("--automatic", help="No human looked at it.")] = False,
    as_json: AsJson = False,
) -> None:
    """End the pending of items; without --item the payer's rules tell how."""
    settings = command_settings(Settings, as_json=as_json)
    command = finalisation(claim_response_id, item or (), automatic=automatic, as_json=as_json)
    try:
        reply = asyncio.run(execute(settings, tenant, command))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    report(reply, as_json=as_json)


def finalisation(claim_response_id: str, items: Sequence[str], *, automatic: bool, as_json: bool) -> FinaliseClaimResponse:
    """The command that the options ask for; ends with a clear message when an item is none."""
    try:
        decisions = [orjson.loads(text) for text in items]
        return FinaliseClaimResponse.model_validate(
            {"claim_response_id": claim_response_id, "items": decisions, "human_reviewed": not automatic}
        )
    except (orjson.JSONDecodeError, ValidationError):
        fail('an item is JSON like {"sequence":1,"action":"A1"}', as_json=as_json)


async def execute(settings: Settings, tenant: str, command: FinaliseClaimResponse) -> Reply:
    """Run the command on the service's database; the running service's relay publishes the facts."""
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(open_store(settings, SERVICE))
        bodies = StoredRequestBodies(await opened.enter_async_context(open_objects(settings)))
        payers = await opened.enter_async_context(open_payers(settings, store, bodies))
        await store.ensure_indexes((*ALL, *SUBSCRIPTION_COLLECTIONS))
        tools = Tools(payers.connector, bodies, NoContents(), StoredClaimIndex(store), MongoHeldAttachments(store), settings.terms())
        handle, observe = finalise_claim_response.handling(tools), finalise_claim_response.observing(tools)
        runner = GroupRunner(store, (Subscription(FinaliseClaimResponse, handle, observe=observe),))
        return await runner.execute(command, tenant)


@app.command("resend-notification")
def resend_notification(
    claim_response_id: Annotated[str, typer.Argument(help="Id of the ClaimResponse.")],
    tenant: Annotated[str, typer.Option(help="The tenant, for example t_acme.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Have receivers told once more of the last event about a ClaimResponse."""
    settings = command_settings(Settings, as_json=as_json)
    try:
        reply = asyncio.run(execute_resend(settings, tenant, ResendNotification(claim_response_id=claim_response_id)))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    if reply.refusal is not None:
        fail(reply.refusal.code, as_json=as_json)
    document: dict[str, Any] = reply.result or {}
    show(document, f"{document.get('subscriptions')} receivers will be told again", as_json=as_json)


async def execute_resend(settings: Settings, tenant: str, command: ResendNotification) -> Reply:
    """Run the command on the service's database; the running service's dispatcher sends."""
    async with open_store(settings, SERVICE) as store:
        await store.ensure_indexes((*ALL, *SUBSCRIPTION_COLLECTIONS))
        handler = ResendNotificationHandler(MongoSubscriptionIndex(store))
        return await GroupRunner(store, (Subscription(ResendNotification, handler.handle),)).execute(command, tenant)


def report(reply: Reply, *, as_json: bool) -> None:
    """Print what came of it."""
    if reply.refusal is not None:
        fail(reply.refusal.code, as_json=as_json)
    document: dict[str, Any] = reply.result or {}
    show(document, f"{document.get('claimResponseId')} is now version {document.get('versionId')}", as_json=as_json)
