"""Route resolution in style B (authorizations.md 7.3)."""

from collections.abc import Mapping
from typing import Any, Literal

from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.presentation.body_members import Npi
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style_b.bodies import TemplateSelection, selection_of


class ResolutionBody(Body):
    """`portalAuthMode` as in a create, so that every refusal of a create can be foreseen."""

    provider_npi: Npi
    template_selection: TemplateSelection
    portal_auth_mode: Literal["automated", "customer_login"] = "automated"


def read_route(body: Any, findings: Findings) -> Json | None:
    """The body of a route resolution as the JSON of a ResolveRoute."""
    asked = findings.validated(ResolutionBody, body)
    if asked is None:
        return None
    selection = selection_of(asked.template_selection)
    return {"provider_npi": asked.provider_npi, "selection": selection, "portal_auth_mode": asked.portal_auth_mode}


def render_route(route: Mapping[str, Any]) -> Json:
    """A ResolvedRoute."""
    return {
        "payerDisplayName": route["payer_display_name"],
        "defaultPortalAuthMode": route["portal_auth_modes"][0],
        "label": route["route"]["label"],
        "portalAuthModes": route["portal_auth_modes"],
        "templateId": route["template_id"],
        "templateVersion": route["template_version"],
    }
