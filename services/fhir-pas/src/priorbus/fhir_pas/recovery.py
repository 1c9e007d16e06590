"""Finds submissions that were persisted but never answered, and has them answered (fhir-pas.md 8)."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from priorbus.contracts.commands.fhir_pas import DecideClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import SUBMISSIONS
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import NotAccepted, Publisher
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo import Lease, Store, translated_errors
from priorbus.runtime.settlement import StoreUnavailable

AGE: Final = timedelta(seconds=30)
_INTERVAL_SECONDS = 10.0
_AT_ONCE = 100
log = structlog.get_logger()


class Recovery:
    """One process at a time looks; what it finds is worked on like any timer of a submission."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock = utc_now) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._lease = Lease(store.database, "recovery")

    async def run(self) -> None:
        """Until cancelled."""
        await self._lease.run(self._loop)

    async def _loop(self) -> None:
        while True:
            try:
                await self.look()
            except (StoreUnavailable, NotAccepted) as error:
                log.warning("recovery waits", error=type(error).__name__)
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def look(self) -> int:
        """Have every submission decided that is old enough; how many. Raises StoreUnavailable, NotAccepted."""
        query = {"undecided": True, "created_at": {"$lt": self._clock() - AGE}}
        shown = {"tenant": 1, "id": 1, "client": 1}
        with translated_errors():
            rows = await self._store.database[SUBMISSIONS.name].find(query, shown).limit(_AT_ONCE).to_list(None)
        for row in rows:
            await self._publish(row["tenant"], row["client"], DecideClaim(submission_id=row["id"], poll=0))
        if rows:
            log.warning("submissions without an answer", count=len(rows))
        return len(rows)

    async def _publish(self, tenant: str, client: str, command: DecideClaim) -> None:
        envelope = Envelope(new_id("cmd"), command.wire_type, self._clock(), tenant, {}, client=client, request_id=new_id("req"))
        await self._publisher.publish("commands", command.wire_type, cloudevents.encode(envelope, command.model_dump_json().encode()))
