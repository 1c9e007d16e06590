"""Indexes of databases that were filled before."""

from contextlib import suppress

from priorbus.gateway.read_models.database import prepare
from priorbus.runtime.mongo import Store
from priorbus.runtime.settlement import StoreUnavailable


async def indexed(store: Store) -> None:
    """An index of a million rows takes longer than a request may; MongoDB goes on with it, so ask again."""
    while True:
        with suppress(StoreUnavailable):
            return await prepare(store.database)
