"""What `priorbus database prepare` makes ready."""

from priorbus.requirements.aggregates import ALL
from priorbus.runtime.mongo import Store


async def prepare(store: Store) -> None:
    """Collections and indexes. Raises IndexMismatch, StoreUnavailable."""
    await store.ensure_indexes(ALL)
