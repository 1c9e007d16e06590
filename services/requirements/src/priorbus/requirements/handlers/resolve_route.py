"""Routes before there is a case (authorizations.md 7.3)."""

from priorbus.contracts.commands import requirements as wire
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import ServiceType
from priorbus.requirements.aggregates import PROVIDERS
from priorbus.requirements.domain.catalog import ResolvedRoute, resolve_route
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def answer_route(query: wire.ResolveRoute, context: Context, templates: Templates) -> Result | Refusal:
    """The route that a new case with this selection would get."""
    provider = await context.work.get(PROVIDERS, context.tenant, query.provider_npi)
    resolved = resolve_route(await templates.catalogue(), provider, query.selection, query.portal_auth_mode)
    if isinstance(resolved, Refusal):
        return resolved
    return on_wire(resolved, query.selection.state, query.selection.service_type)


def on_wire(resolved: ResolvedRoute, state: str, service_type: ServiceType) -> wire.ResolvedRoute:
    """A route as replies carry it."""
    template = resolved.template
    return wire.ResolvedRoute(
        payer_id=resolved.payer.id,
        payer_display_name=resolved.payer.display_name,
        state=state,
        service_type=service_type,
        service_code_systems=tuple(sorted({code.system for code in template.match.service_codes})),
        route=resolved.route,
        portal_auth_modes=resolved.portal_auth_modes,
        template_id=template.template_id,
        template_version=template.version,
    )
