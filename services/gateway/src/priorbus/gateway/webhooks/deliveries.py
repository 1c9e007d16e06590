"""Where deliveries are kept, for those who look at them."""

from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.parameters import Parameters
from priorbus.gateway.webhooks.delivery import COLLECTION, STATUSES
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session


class WebhookDeliveries:
    """The deliveries of one tenant at a time."""

    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._rows = database[COLLECTION]
        self._cursors = cursors

    async def page(self, call: Call) -> tuple[list[Document], str | None]:
        """One page, newest first, and the cursor of the next one."""
        parameters = Parameters(call, ("endpointId", "status", "eventId", "limit", "cursor"))
        limit, cursor = parameters.limit(), parameters.one("cursor")
        wanted = {"endpoint": parameters.one("endpointId"), "event": parameters.one("eventId")}
        status = parameters.choice("status", STATUSES)
        query: Document = {"tenant": call.tenant, "status": status or {"$in": list(STATUSES)}}
        query |= {name: value for name, value in wanted.items() if value is not None}
        if cursor is not None:
            query["_id"] = {"$lt": self._cursors.read(call, cursor)[0]}
        rows = await self._rows.find(query, {"body": 0}, sort=[("_id", -1)], limit=limit + 1).to_list(None)
        return rows[:limit], self._cursors.write(call, [rows[limit - 1]["_id"]]) if len(rows) > limit else None

    async def find(self, tenant: str, delivery_id: str, session: Session | None = None) -> Document | None:
        """A delivery of the tenant."""
        return await self._rows.find_one({"_id": delivery_id, "tenant": tenant}, {"body": 0}, session=session)

    async def change(self, record: Document, changes: Document, session: Session) -> None:
        """Change a delivery."""
        await self._rows.update_one({"_id": record["_id"]}, {"$set": changes}, session=session)
