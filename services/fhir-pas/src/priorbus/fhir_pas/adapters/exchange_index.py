"""Exchanges by name, from MongoDB's index."""

from collections.abc import Sequence

from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.runtime.mongo import Store


class StoredExchangeIndex:
    """Satisfies `ExchangeIndex`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def named(self, tenant: str, names: Sequence[str]) -> Exchange | None:
        query = {"tenant": tenant, "names": {"$in": list(names)}}
        found = await self._store.find(EXCHANGES, query, sort=[("updated_at", -1)], limit=1)
        return found[0] if found else None
