"""Appending to the public event log inside a transaction (Conventions 10.4, 12.1).

The counter of a tenant is taken in the transaction that writes the rows, so positions become visible in order and without gaps:
whoever wants the next ones waits for the commit, or conflicts and tries again. The same transaction makes the webhook deliveries.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import ReturnDocument

from priorbus.gateway.read_models import event_log
from priorbus.gateway.webhooks import delivery
from priorbus.gateway.webhooks.listeners import Listeners
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session


class EventLog:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self._rows = database[event_log.COLLECTION]
        self._counters = database[event_log.POSITIONS]
        self._deliveries = database[delivery.COLLECTION]
        self._listeners = Listeners(database)

    async def append(self, session: Session, rows: Iterable[Document], at: datetime) -> None:
        """Give the rows their positions, in the order given, insert them, and have them delivered to the tenants' webhook endpoints."""
        by_tenant: dict[str, list[Document]] = {}
        for row in rows:
            by_tenant.setdefault(row["tenant"], []).append(row)
        deliveries = list[Document]()
        for tenant, mine in by_tenant.items():
            counter = await self._reserve(session, tenant, sum(len(row["events"]) for row in mine))
            position = int(counter["last"]) - sum(len(row["events"]) for row in mine)
            for row in mine:
                position = event_log.place(row, position, at)
            deliveries += _deliveries(mine, await self._listeners.of(tenant, counter, session), at)
        placed = [row for mine in by_tenant.values() for row in mine]
        if placed:
            await self._rows.insert_many(placed, session=session)
        if deliveries:
            await self._deliveries.insert_many(deliveries, session=session)

    async def _reserve(self, session: Session, tenant: str, count: int) -> Document:
        counter: Document | None = await self._counters.find_one_and_update(
            {"_id": tenant}, {"$inc": {"last": count}}, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        return counter or {"last": count}


def _deliveries(rows: Sequence[Document], listeners: Sequence[Document], at: datetime) -> list[Document]:
    return [one for row in rows if listeners or "to" in row for one in delivery.deliveries_of(row, listeners, at)]
