"""All routes that a provider has (authorizations.md 7.3)."""

from priorbus.contracts.commands.requirements import ListRoutes
from priorbus.contracts.replies import Refusal
from priorbus.requirements.aggregates import PROVIDERS
from priorbus.requirements.domain.catalog import list_routes
from priorbus.requirements.handlers.resolve_route import on_wire
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def answer_routes(query: ListRoutes, context: Context, templates: Templates) -> Result | Refusal:
    """None for a provider that is not active: no case of it would be taken."""
    provider = await context.work.get(PROVIDERS, context.tenant, query.provider_npi)
    if provider is None:
        return Refusal(code="provider_not_found")
    if provider.status != "active":
        return {"routes": []}
    found = list_routes(await templates.catalogue(), payer_id=query.payer_id, state=query.state, service_type=query.service_type)
    return {"routes": [on_wire(resolved, *place) for place, resolved in found]}
