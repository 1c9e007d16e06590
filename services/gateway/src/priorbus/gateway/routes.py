"""Every path of the public API: what it needs and what answers it. Rows of one surface stand in its own `*_routes` beside this."""

from functools import partial

from priorbus.gateway.claim_routes import CLAIM_ROUTES
from priorbus.gateway.endpoints import complete_file, create_file, health, payers, providers, read_file, routes
from priorbus.gateway.endpoints.authorizations import (
    add_attachment,
    cancel_authorization,
    confirm_authorization,
    create_authorization,
    list_attachments,
    list_authorizations,
    list_events,
    patch_answers,
    preview_authorization,
    read_authorization,
    read_requirements,
    remove_attachment,
)
from priorbus.gateway.endpoints.authorizations.shared import require_attachment, require_case
from priorbus.gateway.endpoints.file_shared import require_file
from priorbus.gateway.fhir_routes import FHIR_ROUTES
from priorbus.gateway.http.route import Route
from priorbus.gateway.patient_routes import PATIENT_ROUTES
from priorbus.gateway.platform_routes import PLATFORM_ROUTES
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.presentation.styles import STYLES
from priorbus.gateway.sandbox_routes import SANDBOX_ROUTES
from priorbus.gateway.subscription_routes import SUBSCRIPTION_ROUTES
from priorbus.gateway.webhook_routes import WEBHOOK_ROUTES

_READ, _WRITE, _CONFIRM = ("authorizations:read",), ("authorizations:write",), ("authorizations:confirm",)
_CATALOG = ("catalog:read",)


def _authorizations(style: Style) -> tuple[Route, ...]:
    """The rows that every wire style has."""
    root = style.root
    case = f"{root}/{{authorization_id}}"
    exists = partial(require_case, style)
    return (
        Route(
            "POST",
            root,
            partial(create_authorization.create_authorization, style),
            _WRITE,
            body="json",
            action="authorization.create",
        ),
        Route("GET", root, partial(list_authorizations.list_authorizations, style), _READ, action="authorization.list"),
        Route("GET", case, partial(read_authorization.read_authorization, style), _READ, action="authorization.read", policy="poll"),
        Route(
            "PATCH",
            f"{case}/answers",
            partial(patch_answers.patch_answers, style),
            _WRITE,
            body="json",
            versioned=True,
            exists=exists,
            action="authorization.patch_answers",
        ),
        Route("GET", f"{case}/requirements", partial(read_requirements.read_requirements, style), _READ, action="authorization.read"),
        Route("GET", f"{case}/attachments", partial(list_attachments.list_attachments, style), _READ, action="authorization.read"),
        Route(
            "POST",
            f"{case}/attachments",
            partial(add_attachment.add_attachment, style),
            _WRITE,
            body="json",
            versioned=True,
            exists=exists,
            action="authorization.attach",
        ),
        Route(
            "DELETE",
            case + "/attachments/{attachment_id}",
            partial(remove_attachment.remove_attachment, style),
            _WRITE,
            versioned=True,
            exists=partial(require_attachment, style),
            action="authorization.detach",
        ),
        Route(
            "POST",
            f"{case}/confirm",
            partial(confirm_authorization.confirm_authorization, style),
            _CONFIRM,
            body="optional",
            versioned=True,
            exists=exists,
            action="authorization.confirm",
        ),
        Route(
            "POST",
            f"{case}/cancel",
            partial(cancel_authorization.cancel_authorization, style),
            _CONFIRM,
            body="optional",
            versioned=True,
            exists=exists,
            action="authorization.cancel",
        ),
        Route(
            "POST",
            f"{case}/preview",
            partial(preview_authorization.preview_authorization, style),
            _READ,
            body="optional",
            exists=exists,
            action="authorization.preview",
        ),
        Route("GET", f"{case}/events", partial(list_events.list_events, style), _READ, action="authorization.read"),
    )


ROUTES = (
    *_authorizations(STYLES["B"]),
    *_authorizations(STYLES["C"]),
    Route("POST", "/v1/files", create_file.create_file, ("files:write",), body="json", action="file.create"),
    Route("GET", "/v1/files/{file_id}", read_file.read_file, ("files:read",), action="file.read", policy="poll"),
    Route(
        "POST",
        "/v1/files/{file_id}/complete",
        complete_file.complete_file,
        ("files:write",),
        body="optional",
        exists=require_file,
        action="file.complete",
    ),
    *PLATFORM_ROUTES,
    *WEBHOOK_ROUTES,
    Route("GET", "/v1/payers", payers.list_payers, _CATALOG),
    Route("GET", "/v1/payers/{payer_id}", payers.read_payer, _CATALOG),
    Route("GET", "/v1/providers", providers.list_providers, ("providers:read",)),
    Route("POST", "/v1/providers", providers.register_provider, ("providers:write",), body="json"),
    Route("GET", "/v1/providers/{npi}", providers.read_provider, ("providers:read",)),
    Route("POST", "/v1/prior-auth/authorization-route-resolutions", partial(routes.resolve_route, STYLES["B"]), _CATALOG, body="json"),
    Route("POST", "/v1/prior-authorization-routes/resolve", partial(routes.resolve_route, STYLES["C"]), _CATALOG, body="json"),
    Route("GET", "/v1/prior-authorization-routes", partial(routes.list_routes, STYLES["C"]), _CATALOG),
    *SANDBOX_ROUTES,
    *FHIR_ROUTES,
    *CLAIM_ROUTES,
    *SUBSCRIPTION_ROUTES,
    *PATIENT_ROUTES,
    Route("GET", "/health", health.live, credential="none", shape="E3"),
    Route("GET", "/health/ready", health.ready, credential="none", shape="E3"),
)
