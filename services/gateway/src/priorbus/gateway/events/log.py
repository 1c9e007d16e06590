"""Appending to the public event log inside a transaction (Conventions 12.1).

The counter of a tenant is taken in the transaction that writes the rows, so positions become visible in order and without gaps:
whoever wants the next ones waits for the commit, or conflicts and tries again.
"""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ReturnDocument

from priorbus.gateway.read_models import event_log
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session


async def append(database: Database, session: Session, rows: Iterable[Document], at: datetime) -> None:
    """Give the rows their positions, in the order given, and insert them."""
    by_tenant: dict[str, list[Document]] = {}
    for row in rows:
        by_tenant.setdefault(row["tenant"], []).append(row)
    for tenant, mine in by_tenant.items():
        position = await _reserve(database, session, tenant, sum(len(row["events"]) for row in mine))
        for row in mine:
            position = event_log.place(row, position, at)
    placed = [row for mine in by_tenant.values() for row in mine]
    if placed:
        await database[event_log.COLLECTION].insert_many(placed, session=session)


async def _reserve(database: Database, session: Session, tenant: str, count: int) -> int:
    counter = await database[event_log.POSITIONS].find_one_and_update(
        {"_id": tenant}, {"$inc": {"last": count}}, upsert=True, return_document=ReturnDocument.AFTER, session=session
    )
    return int(counter["last"]) - count if counter else 0
