"""`priorbus database`: the databases of the services that are installed here.

A service names, in the entry point group `priorbus.databases`, what makes its database ready: `async (Store) -> None`, again harmless,
raising IndexMismatch. Services do the same when they start; running it ahead of a rollout builds new indexes before anybody waits for them.
"""

import asyncio
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

import typer

from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.mongo import IndexMismatch
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings
from priorbus.runtime.settlement import StoreUnavailable

DATABASES = "priorbus.databases"
app = typer.Typer(help="Databases of the installed services.", no_args_is_help=True)


@app.callback()
def database() -> None:
    """Databases of the installed services."""


@app.command()
def prepare(*, as_json: AsJson = False) -> None:
    """Make collections and indexes ahead of a rollout; again is harmless."""
    settings = command_settings(MongoSettings, as_json=as_json)
    points = sorted(entry_points(group=DATABASES), key=lambda point: point.name)
    try:
        names = asyncio.run(_prepare(settings, points))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    except IndexMismatch as error:
        fail(str(error), as_json=as_json)
    show({"databases": names}, "\n".join(f"{name} is ready" for name in names), as_json=as_json)


async def _prepare(settings: MongoSettings, points: Sequence[EntryPoint]) -> list[str]:
    for point in points:
        async with open_store(settings, point.name) as store:
            await point.load()(store)
    return [settings.database_of(point.name) for point in points]
