"""What `priorbus database prepare` makes ready."""

from priorbus.runtime.mongo import Store
from priorbus.storage.aggregates import DOCUMENTS, FILES, SWEEP_POSITIONS
from priorbus.storage.patient_aggregates import PATIENT_COLLECTIONS


async def prepare(store: Store) -> None:
    """Collections and indexes. Raises IndexMismatch, StoreUnavailable."""
    await store.ensure_indexes((FILES, DOCUMENTS, SWEEP_POSITIONS, *PATIENT_COLLECTIONS))
