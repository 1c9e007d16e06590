"""All routes of the catalogue: what a provider may ask for before it has a service code in hand (authorizations.md 7.3)."""

from collections.abc import Iterator

from priorbus.contracts.authorizations import Selection
from priorbus.contracts.templates import Payer, ServiceType, Template
from priorbus.requirements.domain.catalog.catalogue import Catalogue
from priorbus.requirements.domain.catalog.routes import ResolvedRoute, route_to

Place = tuple[str, ServiceType]
"""A state and a service type that a payer supports."""


def list_routes(
    catalogue: Catalogue, *, payer_id: str | None = None, state: str | None = None, service_type: ServiceType | None = None
) -> Iterator[tuple[Place, ResolvedRoute]]:
    """The routes to active payers by payer, state, service type and template; each template with the place that it serves."""
    for payer in catalogue.payers():
        if payer.status == "active" and payer_id in (None, payer.id):
            for place in _places(payer):
                if state in (None, place[0]) and service_type in (None, place[1]):
                    yield from ((place, route_to(payer, template)) for template in _serving(catalogue, payer, place))


def _places(payer: Payer) -> list[Place]:
    return [(state, service_type) for state in sorted(payer.supported_states) for service_type in sorted(payer.supported_service_types)]


def _serving(catalogue: Catalogue, payer: Payer, place: Place) -> list[Template]:
    """The templates that would be selected for at least one of their service codes."""
    return [template for template in catalogue.newest() if any(catalogue.select(one) is template for one in _asked(template, payer, place))]


def _asked(template: Template, payer: Payer, place: Place) -> Iterator[Selection]:
    """What may be asked of a payer so that the template could serve it."""
    state, service_type = place
    if template.match.service_type == service_type:
        for code in template.match.service_codes:
            yield Selection(
                payer_id=payer.id, state=state, service_type=service_type, service_code=code.code, service_code_system=code.system
            )
