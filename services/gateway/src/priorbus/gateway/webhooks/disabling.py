"""Disables an endpoint whose receiver is gone, or has done nothing but fail, and tells everybody else."""

import asyncio
import random

import structlog

from priorbus.gateway.events.log import EventLog
from priorbus.gateway.metrics import WEBHOOKS_DISABLED
from priorbus.gateway.webhooks import endpoint
from priorbus.gateway.webhooks.endpoint import DisabledReason
from priorbus.gateway.webhooks.endpoints import disabled
from priorbus.gateway.webhooks.listeners import note_change
from priorbus.gateway.webhooks.telling import disabled_row
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo import Client, Conflict, translated_errors
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

_TRIES = 20
_LONGEST_PAUSE = 0.05
log = structlog.get_logger()


class Disabling:
    """State and event change in one transaction."""

    def __init__(self, client: Client, database: Database, clock: Clock, base_url: str) -> None:
        self._client = client
        self._database = database
        self._rows = database[endpoint.COLLECTION]
        self._log = EventLog(database)
        self._clock = clock
        self._base_url = base_url

    async def disable(self, endpoint_id: str, reason: DisabledReason) -> None:
        """Once; again is harmless. Raises Conflict, StoreUnavailable."""
        record: Document | None = None
        for tries_left in reversed(range(_TRIES)):
            try:
                with translated_errors():
                    async with self._client.transaction() as session:
                        record = await self._disable(endpoint_id, reason, session)
                break
            except Conflict:
                if not tries_left:
                    raise
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - jitter
        if record is not None:
            WEBHOOKS_DISABLED.labels(reason).inc()
            log.warning("webhook endpoint disabled", tenant=record["tenant"], reason=reason)

    async def _disable(self, endpoint_id: str, reason: DisabledReason, session: Session) -> Document | None:
        """The endpoint as it was, None when there was nothing to disable."""
        record = await self._rows.find_one({"_id": endpoint_id, "status": "enabled"}, session=session)
        if record is None:
            return None
        now = self._clock()
        await note_change(self._database, record["tenant"], session)
        changes = {**disabled(reason), "told": record["told"] + 1, "updated_at": now}
        await self._rows.update_one({"_id": endpoint_id}, {"$set": changes}, session=session)
        await self._log.append(session, [disabled_row(record, reason, now, "", self._base_url)], now)
        return record
