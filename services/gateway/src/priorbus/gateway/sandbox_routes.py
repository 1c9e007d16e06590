"""Every path of the sandbox payer."""

from functools import partial

from priorbus.gateway.endpoints import sandbox
from priorbus.gateway.http.route import Route
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.presentation.styles import STYLES

_SCOPES = ("sandbox:use",)
_ROOT = "/v1/sandbox"


def _payer_events(style: Style, collection: str) -> Route:
    return Route(
        "POST",
        f"{_ROOT}/{collection}/{{authorization_id}}/payer-events",
        partial(sandbox.inject_payer_event, style),
        _SCOPES,
        body="json",
        exists=partial(sandbox.require_sandbox_case, style),
        action="sandbox.inject",
    )


SANDBOX_ROUTES = (
    Route("GET", f"{_ROOT}/scenarios", sandbox.list_scenarios, _SCOPES),
    Route("GET", f"{_ROOT}/scenarios/{{scenario_id}}", sandbox.read_scenario, _SCOPES),
    _payer_events(STYLES["B"], "prior-auth/authorizations"),
    _payer_events(STYLES["C"], "prior-authorizations"),
)
