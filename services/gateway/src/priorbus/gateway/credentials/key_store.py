"""Where API keys are kept."""

from datetime import datetime

from priorbus.gateway.credentials.key_record import COLLECTION
from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.parameters import Parameters
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

_NEWEST_FIRST = [("created_at", -1), ("_id", -1)]


class ApiKeys:
    """The keys of one tenant at a time; a digest never leaves."""

    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._rows = database[COLLECTION]
        self._cursors = cursors

    async def page(self, call: Call) -> tuple[list[Document], str | None]:
        """One page, newest first, revoked ones included, and the cursor of the next one."""
        parameters = Parameters(call, ("limit", "cursor"))
        limit, cursor = parameters.limit(), parameters.one("cursor")
        query: Document = {"tenant": call.tenant}
        if cursor is not None:
            moment, key_id = self._cursors.read(call, cursor)
            created_at = datetime.fromisoformat(moment)
            query["$or"] = [{"created_at": {"$lt": created_at}}, {"created_at": created_at, "_id": {"$lt": key_id}}]
        rows = await self._rows.find(query, {"digest": 0}, sort=_NEWEST_FIRST, limit=limit + 1).to_list(None)
        last = rows[limit - 1] if len(rows) > limit else None
        return rows[:limit], self._cursors.write(call, [last["created_at"].isoformat(), last["_id"]]) if last else None

    async def exists(self, tenant: str, key_id: str) -> bool:
        """Whether the tenant has this key, revoked or not."""
        return await self._rows.find_one({"_id": key_id, "tenant": tenant}, {"_id": 1}) is not None

    async def name_of_user(self, tenant: str, user_id: int) -> str | None:
        """The name of the client with this user id, revoked or not."""
        found = await self._rows.find_one({"tenant": tenant, "user_id": user_id}, {"name": 1})
        return None if found is None else str(found.get("name") or "")

    async def insert(self, record: Document, session: Session) -> None:
        """Keep a new key."""
        await self._rows.insert_one(record, session=session)

    async def revoke(self, tenant: str, key_id: str, at: datetime, session: Session) -> None:
        """End a key; one that has ended keeps its time."""
        await self._rows.update_one({"_id": key_id, "tenant": tenant, "revoked_at": None}, {"$set": {"revoked_at": at}}, session=session)
