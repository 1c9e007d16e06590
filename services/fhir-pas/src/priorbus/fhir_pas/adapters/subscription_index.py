"""Subscriptions and their events in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_EVENTS, SUBSCRIPTION_STATES
from priorbus.runtime.mongo import Store, translated_errors
from priorbus.runtime.mongo.documents import document_id


class MongoSubscriptionIndex:
    """Satisfies `SubscriptionIndex`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def counting(self, tenant: str) -> Sequence[str]:
        query = {"tenant": tenant, "status": {"$ne": "off"}}
        with translated_errors():
            rows = await self._store.database[SUBSCRIPTION_STATES.name].find(query, {"id": 1}).sort("_id", 1).to_list(None)
        return [row["id"] for row in rows]

    async def due(self, now: datetime, without: Collection[tuple[str, str]], limit: int) -> Sequence[SubscriptionState]:
        # `$type` is what lets the partial index answer
        query = {"due": {"$lte": now, "$type": "date"}, "_id": {"$nin": [document_id(tenant, id_) for tenant, id_ in without]}}
        return await self._store.find(SUBSCRIPTION_STATES, query, sort=(("due", 1),), limit=limit)

    async def of_client(self, tenant: str, client: str) -> Sequence[SubscriptionState]:
        return await self._store.find(SUBSCRIPTION_STATES, {"tenant": tenant, "client": client}, sort=(("created_at", 1), ("_id", 1)))

    async def events(
        self, tenant: str, subscription_id: str, first: int, last: int | None, since: datetime, limit: int
    ) -> Sequence[SubscriptionEvent]:
        numbers: dict[str, Any] = {"$gte": first} | ({} if last is None else {"$lte": last})
        query = {"tenant": tenant, "subscription_id": subscription_id, "number": numbers, "at": {"$gte": since}}
        return await self._store.find(SUBSCRIPTION_EVENTS, query, sort=(("number", 1),), limit=limit)

    async def events_about(self, tenant: str, claim_response_id: str) -> Sequence[SubscriptionEvent]:
        return await self._store.find(SUBSCRIPTION_EVENTS, {"tenant": tenant, "claim_response_id": claim_response_id})
