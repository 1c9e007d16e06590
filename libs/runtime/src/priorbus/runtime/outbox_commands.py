"""`priorbus outbox`: how far the relays of the installed services have come."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any

import typer

from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.clock import rfc3339, utc_now
from priorbus.runtime.database_commands import DATABASES
from priorbus.runtime.mongo import Store, translated_errors
from priorbus.runtime.mongo.checkpoint import CHECKPOINTS
from priorbus.runtime.mongo.lease import LEASES
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings
from priorbus.runtime.settlement import StoreUnavailable

_RELAY = "relay."
app = typer.Typer(help="Relays of the installed services.", no_args_is_help=True)


@app.callback()
def outbox() -> None:
    """Relays of the installed services."""


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """For each relay: whether somebody works on it, how many rows wait, and how old the oldest of them is."""
    settings = command_settings(MongoSettings, as_json=as_json)
    names = sorted(point.name for point in entry_points(group=DATABASES))
    try:
        relays = asyncio.run(_relays(settings, names))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    lines = [
        f"{one['service']}.{one['collection']}: {one['waiting']} waiting, {'held' if one['held'] else 'NOBODY WORKS'}" for one in relays
    ]
    show(relays, "\n".join(lines) or "no relay has ever run here", as_json=as_json)


async def _relays(settings: MongoSettings, services: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for service in services:
        async with open_store(settings, service) as store:
            with translated_errors():
                found += [
                    await _relay(store, service, row) async for row in store.database[CHECKPOINTS].find({"_id": {"$regex": "^relay[.]"}})
                ]
    return found


async def _relay(store: Store, service: str, checkpoint: dict[str, Any]) -> dict[str, Any]:
    collection = checkpoint["_id"].removeprefix(_RELAY)
    held = await store.database[LEASES].count_documents({"_id": checkpoint["_id"], "$expr": {"$gt": ["$expires_at", "$$NOW"]}})
    later = {"at": {"$gt": checkpoint["at"]}, **({"out": {"$exists": True}} if collection == "journal" else {})}
    oldest = await store.database[collection].find_one(later, {"at": 1}, sort=[("at", 1)])
    return {
        "service": service,
        "collection": collection,
        "held": bool(held),
        "publishedUpTo": rfc3339(checkpoint["at"]),
        "waiting": await store.database[collection].count_documents(later),
        "oldestWaitingSeconds": None if oldest is None else _age(oldest["at"]),
    }


def _age(at: datetime) -> float:
    return round((utc_now() - at).total_seconds(), 3)
