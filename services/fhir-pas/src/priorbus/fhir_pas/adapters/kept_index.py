"""What is kept, and by whom it is still used, from MongoDB's indexes (fhir-pas.md 21)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from priorbus.fhir_pas.aggregates import (
    ATTACHMENT_SUBMISSIONS,
    CLAIM_AUTHORIZATIONS,
    EXCHANGES,
    RAW_REQUESTS,
    RESOURCES,
    SUBMISSIONS,
    TENANT_SETTINGS,
)
from priorbus.fhir_pas.domain.search_terms import SUPPORTING
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY, TenantSettings
from priorbus.runtime.mongo import Store, translated_errors


class StoredKeptIndex:
    """Satisfies `KeptIndex`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def is_used(self, tenant: str, key: str, *, but_for: str, claims: Collection[str]) -> bool:
        elsewhere = {"tenant": tenant, "keys": key, "authorization_id": {"$ne": but_for}}
        attached = {"tenant": tenant, "type": "Claim", "id": {"$nin": list(claims)}}
        for name, query in (
            (SUBMISSIONS.name, elsewhere),
            (RESOURCES.name, {**attached, "terms": {"$in": [f"{SUPPORTING}={key}", f"patient={key}"]}}),
        ):
            with translated_errors():
                if await self._store.database[name].find_one(query, {"_id": 1}) is not None:
                    return True
        return False

    async def attachments_of(self, tenant: str, claim_ids: Sequence[str]) -> Sequence[str]:
        found = await self._store.find(RAW_REQUESTS, {"tenant": tenant, "claim": {"$in": list(claim_ids)}})
        return [one.id for one in found]

    async def settings(self) -> Mapping[str, TenantSettings]:
        with translated_errors():
            rows = await self._store.database[TENANT_SETTINGS.name].find({}).to_list(None)
        found = [(row["tenant"], await self._store.get(TENANT_SETTINGS, row["tenant"], SETTINGS_KEY)) for row in rows]
        return {tenant: one for tenant, one in found if one is not None}

    async def unused(
        self, tenants: Collection[str], *, listed: bool, before: datetime, without: Collection[tuple[str, str]], limit: int
    ) -> Sequence[tuple[str, str]]:
        return await self._over(CLAIM_AUTHORIZATIONS.name, tenants, without, listed=listed, before=before, limit=limit)

    async def unsent(
        self, tenants: Collection[str], *, listed: bool, before: datetime, without: Collection[tuple[str, str]], limit: int
    ) -> Sequence[tuple[str, str]]:
        return await self._over(EXCHANGES.name, tenants, without, listed=listed, before=before, limit=limit)

    async def held_too_long(self, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        return await self._names(ATTACHMENT_SUBMISSIONS.name, {"status": "held", "expires_at": {"$lt": now}}, "expires_at", limit)

    async def _over(
        self, name: str, tenants: Collection[str], without: Collection[tuple[str, str]], *, listed: bool, before: datetime, limit: int
    ) -> Sequence[tuple[str, str]]:
        chosen = {"$in" if listed else "$nin": list(tenants)}
        ids = [f"{tenant}/{id_}" for tenant, id_ in without]
        query: dict[str, Any] = {"of_use_until": {"$lt": before}, "tenant": chosen, "_id": {"$nin": ids}}
        return await self._names(name, query, "of_use_until", limit)

    async def _names(self, name: str, query: dict[str, Any], order: str, limit: int) -> Sequence[tuple[str, str]]:
        with translated_errors():
            rows = await self._store.database[name].find(query, {"tenant": 1, "id": 1}).sort(order, 1).limit(limit).to_list(None)
        return [(row["tenant"], row["id"]) for row in rows]
