"""`priorbus projections`: read models made anew from the owners that are installed here."""

import asyncio
from collections.abc import Mapping
from importlib.metadata import entry_points

import typer

from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.restating import RESTATEMENTS, restate
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings
from priorbus.runtime.settlement import StoreUnavailable

app = typer.Typer(help="Projections of the installed services' state.", no_args_is_help=True)


@app.callback()
def projections() -> None:
    """Projections of the installed services' state."""


@app.command()
def rebuild(*, as_json: AsJson = False) -> None:
    """Let every owner say its state again, while traffic runs. Safe to repeat; timelines and the event log are not touched."""
    settings = command_settings(MongoSettings, as_json=as_json)
    try:
        told = asyncio.run(_rebuild(settings))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    show(told, "\n".join(f"{name}: {count}" for counts in told.values() for name, count in counts.items()), as_json=as_json)


async def _rebuild(settings: MongoSettings) -> dict[str, Mapping[str, int]]:
    told: dict[str, Mapping[str, int]] = {}
    for point in sorted(entry_points(group=RESTATEMENTS), key=lambda point: point.name):
        async with open_store(settings, point.name) as store:
            told[point.name] = await restate(store, point.load())
    return told
