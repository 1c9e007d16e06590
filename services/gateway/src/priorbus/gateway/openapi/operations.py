"""Every operation that the documents describe, by method and path (authorizations.md 2, Conventions 3.3, 7.3)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.endpoints.api_keys import ApiKeyBody
from priorbus.gateway.endpoints.create_file import CreateFileBody
from priorbus.gateway.endpoints.providers import ProviderBody
from priorbus.gateway.openapi import resources
from priorbus.gateway.openapi.case_b import RouteB
from priorbus.gateway.openapi.case_c import RouteC
from priorbus.gateway.openapi.case_operations import case_operations
from priorbus.gateway.openapi.event_operations import event_operations
from priorbus.gateway.openapi.operation import Key, Operation
from priorbus.gateway.openapi.parameters import PAGING, SERVICE_TYPES, query
from priorbus.gateway.openapi.schemas import Schema, inline, reference
from priorbus.gateway.openapi.shared_case import Payer
from priorbus.gateway.openapi.webhook_operations import webhook_operations
from priorbus.gateway.presentation.payer_events import EVENTS
from priorbus.gateway.presentation.style_b.routes import ResolutionBody as ResolutionBodyB
from priorbus.gateway.presentation.style_c.routes import ResolutionBody as ResolutionBodyC

_ROUTE_ERRORS = ("provider_not_found", "payer_not_found", "provider_access_not_configured", "unsupported_route")
_TEXT: Schema = {"type": "string"}
_EMPTY: Schema = {"type": "object", "additionalProperties": False}


def _files() -> dict[Key, Operation]:
    created, file = resources.CreatedFile, resources.File
    failures = ("file_not_uploaded", "file_not_ready", "file_empty", "file_too_large", "file_content_mismatch", "file_infected")
    away = ("storage_unavailable",)
    return {
        ("POST", "/v1/files"): Operation(
            "Describe a file and get an upload target",
            "Files",
            reference(created),
            (created,),
            status=201,
            request=inline(CreateFileBody),
            errors=("unsupported_content_type", "file_extension_mismatch", "file_too_large", *away),
            asynchronous=True,
        ),
        ("GET", "/v1/files/{file_id}"): Operation("Read a file", "Files", reference(file), (file,), errors=("file_not_found", *away)),
        ("POST", "/v1/files/{file_id}/complete"): Operation(
            "Have the uploaded bytes checked",
            "Files",
            reference(file),
            (file,),
            request=_EMPTY,
            errors=("file_not_found", *failures, *away, "scan_unavailable"),
            asynchronous=True,
        ),
    }


def _catalogue() -> dict[Key, Operation]:
    payers, providers = resources.Page[Payer], resources.Page[resources.Provider]
    found = (
        query("q", _TEXT),
        query("state", _TEXT),
        query("serviceType", {"enum": SERVICE_TYPES}),
        query("status", {"enum": ["active", "inactive"]}),
        *PAGING,
    )
    return {
        ("GET", "/v1/payers"): Operation("List payers", "Catalogue", reference(payers), (payers,), query=found, errors=("bad_request",)),
        ("GET", "/v1/payers/{payer_id}"): Operation("Read a payer", "Catalogue", reference(Payer), (Payer,), errors=("payer_not_found",)),
        ("GET", "/v1/providers"): Operation(
            "List providers", "Catalogue", reference(providers), (providers,), query=PAGING, errors=("bad_request",)
        ),
        ("POST", "/v1/providers"): Operation(
            "Register a provider",
            "Catalogue",
            reference(resources.Provider),
            (resources.Provider,),
            status=201,
            request=inline(ProviderBody),
            errors=("provider_already_exists",),
            asynchronous=True,
        ),
        ("GET", "/v1/providers/{npi}"): Operation(
            "Read a provider", "Catalogue", reference(resources.Provider), (resources.Provider,), errors=("provider_not_found",)
        ),
    }


def _routes() -> dict[Key, Operation]:
    options = resources.RouteOptions[RouteC]
    npi = {"type": "string", "pattern": "^[0-9]{10}$"}
    filters = (
        query("providerNpi", npi, required=True),
        query("payerId", _TEXT),
        query("coverageState", {"type": "string", "pattern": "^[A-Z]{2}$"}),
        query("requestType", {"enum": SERVICE_TYPES}),
        *PAGING,
    )
    return {
        ("POST", "/v1/prior-auth/authorization-route-resolutions"): Operation(
            "Resolve a route (style B)", "Routes", reference(RouteB), (RouteB,), request=inline(ResolutionBodyB), errors=_ROUTE_ERRORS
        ),
        ("POST", "/v1/prior-authorization-routes/resolve"): Operation(
            "Resolve a route (style C)", "Routes", reference(RouteC), (RouteC,), request=inline(ResolutionBodyC), errors=_ROUTE_ERRORS
        ),
        ("GET", "/v1/prior-authorization-routes"): Operation(
            "List the routes of a provider",
            "Routes",
            reference(options),
            (options,),
            query=filters,
            errors=("bad_request", "provider_not_found", "provider_access_not_configured"),
        ),
    }


def _sandbox() -> dict[Key, Operation]:
    taken, pending = resources.TakenPayerEvent, resources.Operation
    event: Schema = {"oneOf": [inline(model) for model in EVENTS.values()]}
    inject: dict[str, Any] = {
        "answer": {"anyOf": [reference(taken), reference(pending)]},
        "models": (taken, pending),
        "status": 202,
        "request": event,
    }
    root = "/v1/sandbox"
    cases = {"prior-auth/authorizations": "authorization_not_found", "prior-authorizations": "prior_authorization_not_found"}
    injections = {
        ("POST", f"{root}/{collection}/{{authorization_id}}/payer-events"): Operation(
            "Let the sandbox payer say something",
            "Sandbox",
            errors=("not_found", missing, "payer_event_not_applicable"),
            **inject,
        )
        for collection, missing in cases.items()
    }
    scenarios, scenario = resources.Scenarios, resources.Scenario
    return injections | {
        ("GET", f"{root}/scenarios"): Operation(
            "List scenarios", "Sandbox", reference(scenarios), (scenarios,), errors=("not_found", "bad_request")
        ),
        ("GET", f"{root}/scenarios/{{scenario_id}}"): Operation(
            "Read a scenario", "Sandbox", reference(scenario), (scenario,), errors=("not_found", "scenario_not_found")
        ),
    }


def _platform() -> dict[Key, Operation]:
    keys, created, operation = resources.Page[resources.ApiKey], resources.CreatedApiKey, resources.Operation
    return {
        ("POST", "/v1/api-keys"): Operation(
            "Create an API key", "API keys", reference(created), (created,), status=201, request=inline(ApiKeyBody)
        ),
        ("GET", "/v1/api-keys"): Operation("List API keys", "API keys", reference(keys), (keys,), query=PAGING, errors=("bad_request",)),
        ("DELETE", "/v1/api-keys/{key_id}"): Operation("Revoke an API key", "API keys", None, status=204, errors=("api_key_not_found",)),
        ("GET", "/v1/operations/{operation_id}"): Operation(
            "Read an operation", "Operations", reference(operation), (operation,), errors=("operation_not_found",)
        ),
    }


AUTHORIZATIONS: Mapping[Key, Operation] = {**case_operations(), **_files(), **_catalogue(), **_routes(), **_sandbox()}
"""Operations of `/openapi/authorizations.json`."""
PLATFORM: Mapping[Key, Operation] = {**_platform(), **event_operations(), **webhook_operations()}
"""Operations of `/openapi/platform.json`."""
