"""A package that was prepared for a payer and never sent is removed after the retention of what it asks for (fhir-pas.md 21, 24)."""

from dataclasses import dataclass

from priorbus.contracts.commands.fhir_keeping import PurgeExchange
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, EXCHANGES
from priorbus.fhir_pas.domain.retention import is_over
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.following import timer_of
from priorbus.fhir_pas.handlers.tools import tenant_terms
from priorbus.runtime.handling import Context, Result


@dataclass(frozen=True, slots=True)
class PurgeExchangeHandler:
    """One that was sent, or is being sent, goes with its Claim."""

    terms: Terms

    async def handle(self, command: PurgeExchange, context: Context) -> Result:
        found = await context.work.get(EXCHANGES, context.tenant, command.exchange_id)
        if found is None or found.of_use_until is None:
            return {"removed": False}
        filed = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, found.id) is not None
        until = None if filed else max(found.of_use_until, found.updated_at)
        terms = await tenant_terms(context.tenant, context.work, self.terms)
        if until is None or not is_over(until, terms.retention_months, context.now):
            context.work.put(EXCHANGES, context.tenant, found.model_copy(update={"of_use_until": until}))
            return {"removed": False}
        context.work.unschedule(timer_of(found.id))
        context.work.delete(EXCHANGES, context.tenant, found.id)
        return {"removed": True}
