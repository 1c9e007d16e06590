"""Which rule table decides a tenant's requests (fhir-pas.md 23)."""

from priorbus.fhir_pas.adapters.sandbox.rule_table import RuleTable, default_table, load_table
from priorbus.fhir_pas.aggregates import TENANT_SETTINGS
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY
from priorbus.runtime.work import Reader


class TenantTables:
    """Read for each request, so that a new table counts from the next one on."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def of(self, tenant: str) -> RuleTable:
        """The tenant's own table, else the one that comes with the service."""
        known = await self._reader.get(TENANT_SETTINGS, tenant, SETTINGS_KEY)
        return default_table() if known is None or known.rules is None else load_table(known.rules)
