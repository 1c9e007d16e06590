"""What `priorbus database prepare` makes ready."""

from priorbus.fhir_pas.aggregates import ALL
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_COLLECTIONS
from priorbus.runtime.mongo import Store


async def prepare(store: Store) -> None:
    """Collections and indexes. Raises IndexMismatch, StoreUnavailable."""
    await store.ensure_indexes((*ALL, *SUBSCRIPTION_COLLECTIONS))
