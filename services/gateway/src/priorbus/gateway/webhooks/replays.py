"""Replays of a window: every event of it that an endpoint wants is sent once more (Conventions 11.1).

A replay is an operation. It is carried out in steps, each one transaction that makes deliveries and notes how far it has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.ledger import Completion, OperationLedger
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.presentation.moments import format_moment
from priorbus.gateway.read_models import event_log
from priorbus.gateway.webhooks import delivery, endpoint
from priorbus.runtime.clock import Clock
from priorbus.runtime.deliveries import Due, InHand
from priorbus.runtime.mongo import Client, translated_errors
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database

OPERATIONS = "operations"
KIND = "webhook_endpoint.replay"
_AT_ONCE = 100
_LOGGED_WITHIN = timedelta(days=1)
"""An event is in the log soon after it happened, or when the projector is back."""


@dataclass(frozen=True, slots=True)
class Window:
    """Both ends are part of it; they are compared with the events' own time."""

    start: datetime
    end: datetime

    def holds(self, body: bytes) -> bool:
        """Whether an event happened in it."""
        moment: str = orjson.loads(body)["time"]
        return format_moment(self.start) <= moment <= format_moment(self.end)


def replay_record(operation_id: str, record: Document, window: Window, request_id: str, now: datetime) -> Document:
    """A pending operation that no command belongs to."""
    target = {"type": "webhook_endpoint", "id": record["_id"], "href": f"/v1/webhook-endpoints/{record['_id']}", "style": None}
    return {
        "_id": operation_id,
        "tenant": record["tenant"],
        "status": "pending",
        "key": KIND,
        "command_id": operation_id,
        "scope": None,
        "target": target,
        "request_id": request_id,
        "created_at": now,
        "completed_at": None,
        "next_send_at": None,
        "error": None,
        "replay": {"from": window.start, "to": window.end, "after": 0},
    }


class Replays:
    """The part of a `Dispatcher` that knows replays; one at a time for each tenant."""

    def __init__(self, client: Client, database: Database, ledger: OperationLedger, clock: Clock) -> None:
        self._client = client
        self._operations = database[OPERATIONS]
        self._events = database[event_log.COLLECTION]
        self._endpoints = database[endpoint.COLLECTION]
        self._deliveries = database[delivery.COLLECTION]
        self._ledger = ledger
        self._clock = clock

    async def find(self, in_hand: InHand, limit: int) -> Sequence[Due[Document]]:
        """Replays that are not complete. Raises StoreUnavailable."""
        query = {"status": "pending", "next_send_at": None, "key": KIND, "tenant": {"$nin": list(in_hand.full_lanes)}}
        with translated_errors():
            rows = await self._operations.find(query, sort=[("created_at", 1)], limit=limit).to_list(None)
        return [Due(row["_id"], row["tenant"], row) for row in rows]

    async def carry_out(self, operation: Document) -> None:
        """All steps that are left. Raises StoreUnavailable, Conflict: then it goes on later."""
        window = Window(operation["replay"]["from"], operation["replay"]["to"])
        after: int | None = operation["replay"]["after"]
        problem = None
        while after is not None and problem is None:
            with translated_errors():
                receiver = await self._endpoints.find_one({"_id": operation["target"]["id"], "tenant": operation["tenant"]})
                if receiver is None:
                    problem = Problem("webhook_endpoint_not_found")
                else:
                    after = await self._step(operation, receiver, window, after)
        await self._ledger.complete(Completion(operation, Target(**operation["target"]), problem))

    async def _step(self, operation: Document, receiver: Document, window: Window, after: int) -> int | None:
        """Deliveries of the next rows; the position reached, None at the end."""
        logged = {"$gte": window.start, "$lte": window.end + _LOGGED_WITHIN}
        query = {"tenant": operation["tenant"], "last": {"$gt": after}, "at": logged}
        rows = await self._events.find(query, sort=[("last", 1)], limit=_AT_ONCE).to_list(None)
        if not rows:
            return None
        now, reached = self._clock(), int(rows[-1]["last"])
        made = [one for row in rows for one in self._of(row, receiver, window, now, operation["_id"])]
        async with self._client.transaction() as session:
            # whoever carries out the same replay at the same time has noted a later position, and this step conflicts or finds nothing
            noted = await self._operations.update_one(
                {"_id": operation["_id"], "replay.after": after}, {"$set": {"replay.after": reached}}, session=session
            )
            if noted.matched_count and made:
                await self._deliveries.insert_many(made, session=session)
        return reached

    def _of(self, row: dict[str, Any], receiver: Document, window: Window, now: datetime, cause: str) -> list[Document]:
        if row.get("to") not in (None, receiver["_id"]):
            return []
        return [one for one in delivery.deliveries_of(row, [receiver], now, cause) if window.holds(one["body"])]
