"""Routes in style C (authorizations.md 7.3)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.presentation.body_members import Npi
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style_c.bodies import ServiceRequest, selection_of


class ResolutionBody(Body):
    """The request body."""

    provider_npi: Npi
    request: ServiceRequest


def read_route(body: Any, findings: Findings) -> Json | None:
    """The body of a route resolution as the JSON of a ResolveRoute."""
    asked = findings.validated(ResolutionBody, body)
    return None if asked is None else {"provider_npi": asked.provider_npi, "selection": selection_of(asked.request)}


def render_route(route: Mapping[str, Any]) -> Json:
    """A ResolvedRoute."""
    return {
        "payerId": route["payer_id"],
        "payerDisplayName": route["payer_display_name"],
        "coverageState": route["state"],
        "requestType": route["service_type"],
        "supportedServiceCodeSystems": route["service_code_systems"],
        "channel": route["route"]["channel"],
        "accessMode": route["route"]["access_mode"],
        "label": route["route"]["label"],
        "templateId": route["template_id"],
        "templateVersion": route["template_version"],
    }
