from priorbus.contracts.fhir_scopes import is_scope
from priorbus.gateway.credentials.scopes import API_SCOPES
from priorbus.gateway.routes import ROUTES

_PUBLISHED = ("/openapi/", "/asyncapi.json", "/schemas/", "/docs")
_OAUTH = "/auth/"
_BY_CONTENT = ("/.well-known/", "/metadata", "/{type}", "/$submit-attachment")
"""Public, or with scopes that depend on what is asked for; the acceptance cases hold them."""


def test_every_path_and_method_is_there_once() -> None:
    rows = [(route.method, route.path) for route in ROUTES]
    assert len(rows) == len(set(rows))


def test_every_scope_is_one_that_can_be_granted() -> None:
    for route in ROUTES:
        assert all(is_scope(scope) if route.credential == "token" else scope in API_SCOPES for scope in route.scopes)


def test_only_health_and_operations_need_no_scope() -> None:
    open_paths = {
        route.path
        for route in ROUTES
        if not route.scopes and not route.path.startswith((_OAUTH, *_PUBLISHED)) and not any(part in route.path for part in _BY_CONTENT)
    }
    assert open_paths == {"/health", "/health/ready", "/v1/operations/{operation_id}", "/payer-notifications/{id}"}


def test_every_change_of_an_existing_case_needs_a_version() -> None:
    writes = [route for route in ROUTES if route.method != "GET" and "{authorization_id}" in route.path]
    assert all(route.exists is not None for route in writes)
    unversioned = [route.path for route in writes if not route.versioned]
    assert all(path.endswith("/preview") or path.startswith("/v1/sandbox") for path in unversioned)
    assert len(unversioned) < len(writes) // 2


def test_every_path_with_phi_is_in_the_audit_trail() -> None:
    exempt = (
        "/health",
        *_PUBLISHED,
        "/v1/operations",
        "/v1/events",
        "/v1/payers",
        "/v1/providers",
        "/v1/prior-auth/authorization-route",
        "/v1/prior-authorization-routes",
        "/v1/sandbox/scenarios",
    )
    discovery = ("/smart-configuration", "/metadata")
    without_phi = [route for route in ROUTES if route.path.startswith((*exempt, _OAUTH)) or route.path.endswith(discovery)]
    assert all(route.action for route in ROUTES if route not in without_phi)
