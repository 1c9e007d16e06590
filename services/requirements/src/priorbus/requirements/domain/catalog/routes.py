"""Route checks before a case exists: whatever a payer can not take is known here, never after submission."""

from dataclasses import dataclass
from typing import Literal

from priorbus.contracts.authorizations import Route, Selection
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Payer, Provider, Template
from priorbus.requirements.domain.catalog.catalogue import Catalogue

PortalAuthMode = Literal["automated", "customer_login"]
PORTAL_AUTH_MODES: tuple[PortalAuthMode, ...] = ("automated",)
"""What every route offers; the catalogue knows no route with another mode."""


@dataclass(frozen=True, slots=True)
class ResolvedRoute:
    """A route that exists, and what a case on it is pinned to."""

    payer: Payer
    template: Template
    route: Route
    portal_auth_modes: tuple[PortalAuthMode, ...] = PORTAL_AUTH_MODES


def resolve_route(
    catalogue: Catalogue, provider: Provider | None, selection: Selection, portal_auth_mode: PortalAuthMode = "automated"
) -> ResolvedRoute | Refusal:
    """The checks of authorizations.md 7.3 in their order.

    `provider` is None when the tenant has none with that NPI. Refusals: provider_not_found, provider_access_not_configured,
    payer_not_found, unsupported_route with `details.reason`.
    """
    if provider is None:
        return Refusal(code="provider_not_found")
    if provider.status != "active":
        return Refusal(code="provider_access_not_configured")
    payer = catalogue.payer(selection.payer_id)
    if payer is None:
        return Refusal(code="payer_not_found")
    template = catalogue.select(selection)
    reason = _unsupported(payer, selection, template, portal_auth_mode)
    if reason or template is None:
        return Refusal(code="unsupported_route", details={"reason": reason})
    return route_to(payer, template)


def route_to(payer: Payer, template: Template) -> ResolvedRoute:
    """The route to a payer for what a template serves."""
    return ResolvedRoute(payer, template, Route(channel="fhir_pas", label=f"{payer.display_name}, electronic prior authorization"))


def _unsupported(payer: Payer, selection: Selection, template: Template | None, mode: PortalAuthMode) -> str | None:
    checks = (
        (payer.status != "active", "payer_inactive"),
        (selection.state not in payer.supported_states, "state_not_supported"),
        (selection.service_type not in payer.supported_service_types, "service_type_not_supported"),
        (template is None, "service_code_not_supported"),
        (mode not in PORTAL_AUTH_MODES, "portal_auth_mode_not_supported"),
    )
    return next((reason for failed, reason in checks if failed), None)
