"""How long FHIR operations wait for their owner: as the tenant wants, else as the deployment has it (fhir-pas.md 4, 26)."""

import time
from collections.abc import Callable

from priorbus.gateway.read_models import tenant_settings
from priorbus.gateway.read_models.database import projected
from priorbus.runtime.mongo.driver import Database

_KEPT_SECONDS = 4.0
_MOST_KEPT = 10_000


class ReplyDeadlines:
    """What was read is kept for a few seconds."""

    def __init__(self, database: Database, usual: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = projected(database, tenant_settings.COLLECTION)
        self._usual = usual
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, float]] = {}

    async def of(self, tenant: str) -> float:
        """Seconds."""
        seconds, until = self._kept.get(tenant, (self._usual, 0.0))
        return seconds if self._monotonic() < until else await self._read(tenant)

    async def _read(self, tenant: str) -> float:
        found = await self._settings.find_one({"_id": tenant})
        own = None if found is None else found["reply_deadline_ms"]
        seconds = self._usual if own is None else own / 1000
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[tenant] = (seconds, self._monotonic() + _KEPT_SECONDS)
        return seconds
