"""`priorbus projections`: the read models of the installed services, and how they are made anew from the owners that are installed here.

A service names, in the entry point group `priorbus.projections`, the collections that it projects facts into.
"""

import asyncio
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

import aiormq
import typer
from aiormq.abc import AbstractChannel

from priorbus.runtime.bus import ServiceQueue
from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.mongo import translated_errors
from priorbus.runtime.restating import RESTATEMENTS, restate
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings, OwnerSettings
from priorbus.runtime.settlement import StoreUnavailable

PROJECTIONS = "priorbus.projections"
app = typer.Typer(help="Read models that services make from each other's facts.", no_args_is_help=True)


@app.callback()
def projections() -> None:
    """Read models that services make from each other's facts."""


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """For each projection how much it holds; for each service that projects, whether somebody does and how many facts wait."""
    settings = command_settings(OwnerSettings, as_json=as_json)
    try:
        found = asyncio.run(_status(settings))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    except aiormq.exceptions.ChannelNotFoundEntity:
        fail("no projector has ever run here: its queue is missing", as_json=as_json)
    except (aiormq.AMQPError, OSError) as error:
        fail(f"RabbitMQ does not answer: {type(error).__name__}", as_json=as_json)
    show(found, "\n".join(line for one in found for line in _lines(one)) or "no service that projects is installed here", as_json=as_json)


@app.command()
def rebuild(*, as_json: AsJson = False) -> None:
    """Let every owner say its state again, while traffic runs. Safe to repeat; timelines and the event log are not touched."""
    settings = command_settings(MongoSettings, as_json=as_json)
    try:
        told = asyncio.run(_rebuild(settings))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    show(told, "\n".join(f"{name}: {count}" for counts in told.values() for name, count in counts.items()), as_json=as_json)


async def _status(settings: OwnerSettings) -> list[dict[str, Any]]:
    points = sorted(entry_points(group=PROJECTIONS), key=lambda point: point.name)
    async with aiormq.connect(settings.amqp_url.get_secret_value()) as connection:
        channel = await connection.channel()
        return [await _state_of(settings, channel, point.name, point.load()) for point in points]


async def _state_of(settings: OwnerSettings, channel: AbstractChannel, service: str, collections: Sequence[str]) -> dict[str, Any]:
    queue = ServiceQueue(service, "facts").name
    declared = await channel.queue_declare(queue, passive=True)
    async with open_store(settings, service) as store:
        with translated_errors():
            documents = {name: await store.database[name].estimated_document_count() for name in collections}
    facts = {"queue": queue, "waiting": declared.message_count, "consumers": declared.consumer_count}
    return {"service": service, "facts": facts, "documents": documents}


def _lines(found: Mapping[str, Any]) -> list[str]:
    facts = found["facts"]
    work = f"{facts['consumers']} at work or standing by" if facts["consumers"] else "NOBODY WORKS"
    return [f"{facts['queue']}: {facts['waiting']} waiting, {work}", *(f"{name}: {count}" for name, count in found["documents"].items())]


async def _rebuild(settings: MongoSettings) -> dict[str, Mapping[str, int]]:
    told: dict[str, Mapping[str, int]] = {}
    for point in sorted(entry_points(group=RESTATEMENTS), key=lambda point: point.name):
        async with open_store(settings, point.name) as store:
            told[point.name] = await restate(store, point.load())
    return told
