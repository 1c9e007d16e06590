"""Applies groups of facts: projections, timeline and public event log change in one transaction (Conventions 1.6, 10.4).

A fact seen before is recognised by its row in the timeline or event log; one that adds no row changes nothing the second time.
"""

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence

import structlog
from pymongo import ReplaceOne

from priorbus.contracts.envelope import Envelope
from priorbus.gateway.events.log import EventLog
from priorbus.gateway.projections.changes import Changes
from priorbus.gateway.projections.on_fact import Project
from priorbus.gateway.read_models import catalogue, event_log, timeline
from priorbus.gateway.read_models.guarded import newest
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo import Conflict, Store, translated_errors
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Session
from priorbus.runtime.settlement import Settlement, StoreUnavailable

_TRIES = 20
_LONGEST_PAUSE = 0.02
_DONE = Settlement("done")
log = structlog.get_logger()


class Projector:
    """The sink of the gateway's facts; satisfies `Sink`. Runs in one process at a time (single active consumer)."""

    def __init__(self, store: Store, projections: Mapping[str, Project], base_url: str, clock: Clock) -> None:
        self._client = store.client
        self._database = store.database
        self._log = EventLog(store.database)
        self._projections = projections
        self._base_url = base_url
        self._clock = clock

    def concurrent(self, envelope: Envelope) -> bool:
        """Facts are applied in order."""
        return False

    async def run(self, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
        """Apply a group; a fact that can not be understood is parked and does not hold up the others. Raises StoreUnavailable."""
        changes = Changes()
        settlements = [self._project(fact, changes) for fact in envelopes]
        await self._commit(changes)
        return settlements

    def _project(self, fact: Envelope, changes: Changes) -> Settlement:
        try:
            self._projections[fact.type](fact, changes, self._base_url)
        except (KeyError, TypeError, ValueError) as error:
            log.exception("fact parked", message_type=fact.type, message_id=fact.id, tenant=fact.tenant)
            return Settlement("park", error=type(error).__name__, category="incorrect")
        return _DONE

    async def _commit(self, changes: Changes) -> None:
        """Write-through of replies touches the same documents, so conflicts are normal and only mean: once more.

        The first try takes every fact for new; only if one is not does the next try look which.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                with translated_errors():
                    async with self._client.transaction() as session:
                        return await self._write(changes, session, all_new=tries_left == _TRIES - 1)
            except Conflict as error:
                if not tries_left:
                    raise StoreUnavailable("Conflict") from error
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - jitter
        return None

    async def _write(self, changes: Changes, session: Session, *, all_new: bool) -> None:
        for collection, documents in changes.states.items():
            await self._write_newer(collection, newest(documents), changes.restated, session)
        await self._add(catalogue.TEMPLATES, await self._unknown(catalogue.TEMPLATES, changes.templates, session), session)
        entries, events = changes.timeline, changes.events
        if not all_new:
            entries = await self._unknown(timeline.COLLECTION, entries, session)
            events = await self._unknown(event_log.COLLECTION, events, session)
        await self._add(timeline.COLLECTION, entries, session)
        await self._log.append(session, events, self._clock())

    async def _write_newer(
        self, collection: str, documents: Mapping[str, Document], restated: Collection[tuple[str, str]], session: Session
    ) -> None:
        rows = self._database[collection]
        known = await rows.find({"_id": {"$in": list(documents)}}, {"rank": 1}, session=session).to_list(None)
        ranks = {row["_id"]: row["rank"] for row in known}
        newer = [document for id_, document in documents.items() if ranks.get(id_, -1) < document["rank"] + ((collection, id_) in restated)]
        if newer:
            writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in newer]
            await rows.bulk_write(writes, ordered=False, session=session)

    async def _add(self, collection: str, documents: Sequence[Document], session: Session) -> None:
        if documents:
            await self._database[collection].insert_many(documents, session=session)

    async def _unknown(self, collection: str, documents: Sequence[Document], session: Session) -> list[Document]:
        if not documents:
            return []
        ids = [document["_id"] for document in documents]
        known = await self._database[collection].find({"_id": {"$in": ids}}, {"_id": 1}, session=session).to_list(None)
        seen = {row["_id"] for row in known}
        return list({document["_id"]: document for document in documents if document["_id"] not in seen}.values())
