"""What `priorbus database prepare` makes ready."""

from priorbus.gateway.read_models import database
from priorbus.runtime.mongo import Store, translated_errors


async def prepare(store: Store) -> None:
    """Collections and indexes. Raises IndexMismatch, StoreUnavailable."""
    with translated_errors():
        await database.prepare(store.database)
