"""Where webhook endpoints are kept."""

from datetime import datetime

from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.parameters import Parameters
from priorbus.gateway.webhooks import delivery
from priorbus.gateway.webhooks.endpoint import COLLECTION
from priorbus.gateway.webhooks.listeners import note_change
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

_NEWEST_FIRST = [("created_at", -1), ("_id", -1)]


class WebhookEndpoints:
    """The endpoints of one tenant at a time."""

    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._database = database
        self._rows = database[COLLECTION]
        self._deliveries = database[delivery.COLLECTION]
        self._cursors = cursors

    async def page(self, call: Call) -> tuple[list[Document], str | None]:
        """One page, newest first, and the cursor of the next one."""
        parameters = Parameters(call, ("limit", "cursor"))
        limit, cursor = parameters.limit(), parameters.one("cursor")
        query: Document = {"tenant": call.tenant}
        if cursor is not None:
            moment, endpoint_id = self._cursors.read(call, cursor)
            created_at = datetime.fromisoformat(moment)
            query["$or"] = [{"created_at": {"$lt": created_at}}, {"created_at": created_at, "_id": {"$lt": endpoint_id}}]
        rows = await self._rows.find(query, sort=_NEWEST_FIRST, limit=limit + 1).to_list(None)
        last = rows[limit - 1] if len(rows) > limit else None
        return rows[:limit], self._cursors.write(call, [last["created_at"].isoformat(), last["_id"]]) if last else None

    async def find(self, tenant: str, endpoint_id: str, session: Session | None = None) -> Document | None:
        """An endpoint of the tenant."""
        return await self._rows.find_one({"_id": endpoint_id, "tenant": tenant}, session=session)

    async def add(self, record: Document, most: int, session: Session) -> bool:
        """Keep a new endpoint; False when the tenant has enough of them."""
        await note_change(self._database, record["tenant"], session)
        if await self._rows.count_documents({"tenant": record["tenant"]}, session=session) >= most:
            return False
        await self._rows.insert_one(record, session=session)
        return True

    async def change(self, record: Document, changes: Document, session: Session) -> Document:
        """Change an endpoint; how it is then."""
        await note_change(self._database, record["tenant"], session)
        await self._rows.update_one({"_id": record["_id"]}, {"$set": changes}, session=session)
        return {**record, **changes}

    async def remove(self, record: Document, session: Session) -> None:
        """Drop an endpoint."""
        await note_change(self._database, record["tenant"], session)
        await self._rows.delete_one({"_id": record["_id"]}, session=session)

    async def cancel_deliveries(self, endpoint_id: str, now: datetime) -> None:
        """End what waits for an endpoint that is gone. The dispatcher does the same, should the process die before this."""
        await self._deliveries.update_many({"lane": endpoint_id}, canceled(now))


def canceled(now: datetime) -> Document:
    """The update that ends an open delivery unsent."""
    return {"$set": {"status": "canceled", "at": now}, "$unset": {"lane": "", "due": ""}}


def enabled() -> Document:
    """The changes that let an endpoint receive again."""
    return {"status": "enabled", "disabled_reason": None, "failing_since": None, "paused_until": None}


def disabled(reason: str) -> Document:
    """The changes that let an endpoint receive nothing. What waits for it goes on waiting."""
    return {"status": "disabled", "disabled_reason": reason}
