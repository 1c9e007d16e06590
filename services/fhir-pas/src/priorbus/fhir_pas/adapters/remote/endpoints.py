"""Endpoints of tenants, from the store."""

from priorbus.fhir_pas.aggregates import PAYER_ENDPOINTS
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY, PayerEndpoint
from priorbus.runtime.work import Reader


class StoredEndpoints:
    """Read for each request, so that a change counts from the next one on."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def of(self, tenant: str) -> PayerEndpoint | None:
        """None when the tenant has none, or wants the sandbox for now."""
        found = await self._reader.get(PAYER_ENDPOINTS, tenant, ENDPOINT_KEY)
        return None if found is None or found.suspended else found
