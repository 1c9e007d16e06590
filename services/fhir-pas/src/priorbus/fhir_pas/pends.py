"""Shows how many authorizations are pended, and since when the oldest (fhir-pas.md 26)."""

import asyncio
from typing import Final

import structlog
from prometheus_client import Gauge

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.mongo import Lease, Store, translated_errors
from priorbus.runtime.settlement import StoreUnavailable

OPEN = Gauge("priorbus_fhir_pas_open_pends", "Authorizations with a pended item; the process that counts shows them, the others 0")
OLDEST = Gauge("priorbus_fhir_pas_oldest_pend_seconds", "Age of the oldest of them")
_INTERVAL_SECONDS: Final = 60.0
_PENDED: Final = {"items.action": "A4"}
log = structlog.get_logger()


class Pends:
    """One process at a time counts, once a minute."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._lease = Lease(store.database, "pends")

    async def run(self) -> None:
        """Until cancelled."""
        await self._lease.run(self._loop)

    async def _loop(self) -> None:
        try:
            while True:
                try:
                    await self.count()
                except StoreUnavailable as error:
                    log.warning("pends are counted later", error=error)
                await asyncio.sleep(_INTERVAL_SECONDS)
        finally:
            OPEN.set(0)
            OLDEST.set(0)

    async def count(self) -> None:
        """Raises StoreUnavailable."""
        rows = self._store.database[CLAIM_AUTHORIZATIONS.name]
        with translated_errors():
            oldest = await rows.find(_PENDED, {"created_at": 1}).sort("created_at", 1).limit(1).to_list(None)
            # Bounds on its first column lead MongoDB to the partial index; counting has no order that would.
            OPEN.set(await rows.count_documents({**_PENDED, "created_at": {"$lte": self._clock()}}))
        OLDEST.set((self._clock() - oldest[0]["created_at"]).total_seconds() if oldest else 0)
