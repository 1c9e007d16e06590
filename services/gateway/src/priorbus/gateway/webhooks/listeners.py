"""Who wants a tenant's events: known without a query, as long as nothing has changed.

A tenant with enabled endpoints has a mark in its row of position counters, which every append reads anyway. The mark is a new one after
each change of an endpoint, in the same transaction; so a list kept under a mark is right, and a tenant without one costs nothing.
"""

from collections.abc import Sequence
from uuid import uuid4

from priorbus.gateway.read_models import event_log
from priorbus.gateway.webhooks import endpoint
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

MARK = "webhooks"
_MOST_KEPT = 10_000


class Listeners:
    """Enabled endpoints by tenant: `_id` and `event_types`."""

    def __init__(self, database: Database) -> None:
        self._rows = database[endpoint.COLLECTION]
        self._kept: dict[str, tuple[str, Sequence[Document]]] = {}

    async def of(self, tenant: str, counter: Document, session: Session) -> Sequence[Document]:
        """The tenant's listeners; `counter` is its row of position counters as the transaction sees it."""
        mark = counter.get(MARK)
        if mark is None:
            return ()
        kept = self._kept.get(tenant)
        if kept is not None and kept[0] == mark:
            return kept[1]
        query = {"tenant": tenant, "status": "enabled"}
        found = await self._rows.find(query, {"event_types": 1}, session=session).to_list(None)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[tenant] = (mark, found)
        return found


async def note_change(database: Database, tenant: str, session: Session) -> None:
    """Call in the transaction that adds, changes or removes an endpoint, before it does: waits for nobody, conflicts with appends."""
    await database[event_log.POSITIONS].update_one(
        {"_id": tenant}, {"$set": {MARK: uuid4().hex}, "$setOnInsert": {"last": 0}}, upsert=True, session=session
    )
