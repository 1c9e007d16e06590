"""Finds what is due, sends it and records what came of it. See `priorbus.runtime.deliveries.Dispatcher` for the loop around."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from priorbus.gateway.metrics import WEBHOOK_ATTEMPTS, WEBHOOKS_EXHAUSTED
from priorbus.gateway.webhooks import delivery, endpoint
from priorbus.gateway.webhooks.attempt import Attempt, Sender
from priorbus.gateway.webhooks.disabling import Disabling
from priorbus.gateway.webhooks.endpoints import canceled
from priorbus.gateway.webhooks.verdict import Verdict, verdict
from priorbus.runtime.clock import Clock
from priorbus.runtime.deliveries import Due, InHand, Retries
from priorbus.runtime.mongo import translated_errors
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import QUICK, Database

AT_ONCE = 1000
"""Enough for many receivers that hang until their time is over."""
PER_ENDPOINT = 5
_LOOKED_AT = 200
_LOOKS = 20
_ATTEMPTS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Shipment:
    """A delivery and the endpoint it goes to, as both were when it was found."""

    delivery: Document
    endpoint: Document


class WebhookDispatch:
    """The part of the loop that knows webhooks."""

    def __init__(self, database: Database, sender: Sender, plan: Retries, disabling: Disabling, clock: Clock) -> None:
        self._deliveries = database[delivery.COLLECTION]
        self._marks = database.get_collection(delivery.COLLECTION, write_concern=QUICK)
        self._endpoints = database[endpoint.COLLECTION]
        self._sender = sender
        self._plan = plan
        self._disabling = disabling
        self._clock = clock

    async def find(self, in_hand: InHand, limit: int) -> Sequence[Due[Shipment]]:
        """What is due at endpoints that take more, the longest due first. Raises StoreUnavailable."""
        with translated_errors():
            lanes = await self._deliveries.distinct("lane", {"lane": {"$gt": ""}})
            wanted = set(lanes).difference(in_hand.full_lanes)
            ready = await self._ready(wanted) if wanted else {}
            if not ready:
                return ()
            rows = await self._due(set(ready), in_hand.keys, min(limit, _LOOKED_AT))
        return [Due(row["_id"], row["lane"], Shipment(row, ready[row["lane"]])) for row in rows]

    async def _due(self, lanes: set[str], in_hand: Collection[str], limit: int) -> list[Document]:
        """What is due in some lanes. Where one with a long backlog takes all the room, the others are looked at once more without it."""
        found = list[Document]()
        for _ in range(_LOOKS):
            query = {"lane": {"$in": list(lanes)}, "due": {"$lte": self._clock()}, "_id": {"$nin": list(in_hand)}}
            rows = await self._deliveries.find(query, sort=[("due", 1)], limit=limit).to_list(None)
            found += rows
            lanes = lanes.difference(row["lane"] for row in rows)
            if len(rows) < limit or not lanes:
                break
        return found

    async def _ready(self, wanted: Collection[str]) -> Mapping[str, Document]:
        """Those of the endpoints that may be sent to now; what waits for one that is gone is canceled."""
        now = self._clock()
        found = {row["_id"]: row for row in await self._endpoints.find({"_id": {"$in": list(wanted)}}).to_list(None)}
        for gone in set(wanted).difference(found):
            await self._deliveries.update_many({"lane": gone}, canceled(now))
        return {
            name: row
            for name, row in found.items()
            if row["status"] == "enabled" and (row["paused_until"] is None or row["paused_until"] <= now)
        }

    async def deliver(self, shipment: Shipment) -> None:
        """One attempt and its record. Raises StoreUnavailable, Conflict: then it stays due."""
        row, receiver = shipment.delivery, shipment.endpoint
        mine = {"_id": row["_id"], "lane": row["lane"], "due": row["due"]}
        with translated_errors():
            marked = await self._marks.update_one(mine, {"$set": {"status": "delivering"}})
        if not marked.matched_count:
            return
        attempt = await self._sender.attempt(row, receiver)
        WEBHOOK_ATTEMPTS.labels(attempt.error or "delivered").observe(attempt.latency_ms / 1000)
        decided = verdict(row, receiver, attempt, self._plan, random.random())  # noqa: S311 - jitter
        with translated_errors():
            # before the delivery is done with: who dies here delivers again, while an endpoint left failing would be disabled later
            if attempt.delivered:
                await self._note_success(receiver)
            await self._deliveries.update_one(mine, _outcome(attempt, decided))
            if not attempt.delivered:
                await self._note_failure(receiver, attempt, decided)
        if decided.status == "exhausted":
            WEBHOOKS_EXHAUSTED.inc()

    async def _note_success(self, receiver: Mapping[str, Any]) -> None:
        if receiver["failing_since"] is not None:
            await self._endpoints.update_one({"_id": receiver["_id"]}, {"$set": {"failing_since": None}})

    async def _note_failure(self, receiver: Mapping[str, Any], attempt: Attempt, decided: Verdict) -> None:
        mine = {"_id": receiver["_id"]}
        if receiver["failing_since"] is None:
            await self._endpoints.update_one({**mine, "failing_since": None}, {"$set": {"failing_since": attempt.at}})
        if decided.paused_until is not None:
            await self._endpoints.update_one(mine, {"$max": {"paused_until": decided.paused_until}})
        if decided.disable is not None:
            await self._disabling.disable(receiver["_id"], decided.disable)


def _outcome(attempt: Attempt, decided: Verdict) -> Document:
    logged = {"$each": [attempt.as_document()], "$slice": -_ATTEMPTS_KEPT}
    update: Document = {"$push": {"attempts": logged}, "$inc": {"tries": 1}}
    if decided.due is None:
        return {**update, "$set": {"status": decided.status, "at": attempt.at}, "$unset": {"lane": "", "due": ""}}
    return {**update, "$set": {"status": decided.status, "at": attempt.at, "due": decided.due}}
