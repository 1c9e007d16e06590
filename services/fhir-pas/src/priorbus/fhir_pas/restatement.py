"""What this service says again when projections are made anew."""

from typing import Final

from priorbus.contracts.commands.fhir_keeping import Restate
from priorbus.contracts.facts.fhir_pas import TenantSettingsChanged
from priorbus.fhir_pas.aggregates import TENANT_SETTINGS
from priorbus.fhir_pas.domain.tenant_settings import reply_deadline_of
from priorbus.runtime.restating import Restatement

RESTATEMENT: Final = Restatement(
    Restate,
    {TENANT_SETTINGS: lambda settings: TenantSettingsChanged(reply_deadline_ms=reply_deadline_of(settings))},
)
