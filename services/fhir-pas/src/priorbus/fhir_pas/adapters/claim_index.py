"""Authorizations by key, from MongoDB's index."""

from collections.abc import Sequence

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization
from priorbus.runtime.mongo import Store


class StoredClaimIndex:
    """Satisfies `ClaimIndex`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, tenant: str, keys: Sequence[str], limit: int = 50) -> list[ClaimAuthorization]:
        query = {"tenant": tenant, "keys": {"$in": list(keys)}}
        return await self._store.find(CLAIM_AUTHORIZATIONS, query, sort=[("updated_at", -1)], limit=limit)
