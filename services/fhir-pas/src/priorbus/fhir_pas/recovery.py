"""Finds submissions that were persisted but never answered, and has them answered (fhir-pas.md 8)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
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
FIRST_WAIT: Final = timedelta(minutes=5)
"""A command that fails goes up the retry ladder for as long."""
LONGEST_WAIT: Final = timedelta(hours=6)
_INTERVAL_SECONDS = 10.0
_AT_ONCE = 100
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Sought:
    """A submission that was commanded: it is left alone `until`, and longer the next time."""

    until: datetime
    wait: timedelta


class Recovery:
    """One process at a time looks; what it finds is worked on like any timer of a submission.

    What always fails is commanded ever more seldom and keeps nothing else waiting. That is remembered in the process only: whoever looks
    next commands it at once.
    """

    def __init__(self, store: Store, publisher: Publisher, clock: Clock = utc_now) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._lease = Lease(store.database, "recovery")
        self._sought: dict[str, _Sought] = {}

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
        now = self._clock()
        waiting = [id_ for id_, sought in self._sought.items() if sought.until > now]
        query = {"undecided": True, "created_at": {"$lt": now - AGE}, "_id": {"$nin": waiting}}
        shown = {"tenant": 1, "id": 1, "client": 1}
        with translated_errors():
            found = self._store.database[SUBMISSIONS.name].find(query, shown, sort=[("created_at", 1)], limit=_AT_ONCE)
            rows = await found.to_list(None)
        for row in rows:
            await self._publish(row["tenant"], row["client"], DecideClaim(submission_id=row["id"], poll=0))
        self._remember(waiting, [row["_id"] for row in rows], now)
        if rows:
            log.warning("submissions without an answer", count=len(rows))
        return len(rows)

    def _remember(self, waiting: list[str], commanded: list[str], now: datetime) -> None:
        """What neither waits nor was found again has been answered, unless more than a look takes was found."""
        before = self._sought
        kept = before if len(commanded) == _AT_ONCE else {id_: before[id_] for id_ in waiting}
        waits = {id_: min(before[id_].wait * 2, LONGEST_WAIT) if id_ in before else FIRST_WAIT for id_ in commanded}
        self._sought = {**kept, **{id_: _Sought(now + wait, wait) for id_, wait in waits.items()}}

    async def _publish(self, tenant: str, client: str, command: DecideClaim) -> None:
        envelope = Envelope(new_id("cmd"), command.wire_type, self._clock(), tenant, {}, client=client, request_id=new_id("req"))
        await self._publisher.publish("commands", command.wire_type, cloudevents.encode(envelope, command.model_dump_json().encode()))
