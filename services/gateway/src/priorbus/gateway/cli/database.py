"""Access to the gateway's database for one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from priorbus.gateway.read_models.database import prepare
from priorbus.gateway.settings import DatabaseSettings
from priorbus.runtime.cli import command_settings, fail
from priorbus.runtime.mongo import translated_errors
from priorbus.runtime.mongo.driver import Database
from priorbus.runtime.service import open_store
from priorbus.runtime.settlement import StoreUnavailable

T = TypeVar("T")


def with_database(work: Callable[[Database, DatabaseSettings], Awaitable[T]], *, as_json: bool) -> T:
    """Run a piece of work on the prepared database; ends with a clear message when it can not be reached."""
    settings = command_settings(DatabaseSettings, as_json=as_json)

    async def run() -> T:
        async with open_store(settings, "gateway") as store:
            with translated_errors():
                await prepare(store.database, settings.kept())
                return await work(store.database, settings)

    try:
        return asyncio.run(run())
    except StoreUnavailable:
        fail("the database can not be reached", as_json=as_json)
