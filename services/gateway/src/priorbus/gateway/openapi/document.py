"""Builds an OpenAPI 3.1 document from rows of the route table and what `operations` adds to them (Conventions 14)."""

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from priorbus.contracts.errors import Shape
from priorbus.gateway.http.route import Route
from priorbus.gateway.openapi.errors import MODELS as ERROR_MODELS
from priorbus.gateway.openapi.errors import error_responses, examples
from priorbus.gateway.openapi.operation import Key, Operation
from priorbus.gateway.openapi.parameters import HEADERS
from priorbus.gateway.openapi.resources import Operation as OperationResource
from priorbus.gateway.openapi.schemas import Schema, components, reference

_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_JSON = "application/json"
_NO_CONTENT = 204
_LOCATED = (201, 302)
_RESPONSE_HEADERS: Mapping[str, Schema] = {
    "RequestId": {"description": "Names this exchange in logs.", "schema": {"type": "string", "pattern": "^req_"}},
    "ETag": {"description": "The version.", "schema": {"type": "string", "pattern": '^"[0-9]+"$'}},
    "Location": {"description": "Where the result is read.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "RateLimit": {"description": "Requests left and seconds to the end of the window.", "schema": {"type": "string"}},
}
_POLLING = (
    "Wait at least 1 s between polls of an operation, 5 s while an authorization is `processing`, and 15 min while it is "
    "`waiting_on_payer`; webhooks or server-sent events are preferred."
)


_BEARER, _BASIC = "apiKey", "basicAuth"
_SECURITY: Mapping[str, Schema] = {
    _BASIC: {"type": "http", "scheme": "basic", "description": "An API key as user name, no password."},
    _BEARER: {"type": "http", "scheme": "bearer", "description": "An API key."},
}


def _credentials(shape: Shape) -> tuple[str, ...]:
    return (_BASIC, _BEARER) if shape == "E2" else (_BEARER,)


def build(title: str, shape: Shape, routes: Iterable[Route], operations: Mapping[Key, Operation], base_url: str) -> Schema:
    """The document of the routes that `operations` describes; `shape` is that of their errors."""
    described = [(route, operations[route.method, route.path]) for route in routes if (route.method, route.path) in operations]
    paths: dict[str, Schema] = {}
    for route, operation in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, operation)
    models = chain.from_iterable(operation.models for _, operation in described)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1.0.0", "description": _POLLING},
        "servers": [{"url": base_url}],
        "tags": [{"name": tag} for tag in sorted({operation.tag for _, operation in described})],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components([*models, OperationResource, ERROR_MODELS[shape]]),
            "parameters": HEADERS,
            "headers": dict(_RESPONSE_HEADERS),
            "examples": examples(shape, base_url),
            "securitySchemes": {name: _SECURITY[name] for name in _credentials(shape)},
        },
    }


def _operation(route: Route, operation: Operation) -> Schema:
    described: Schema = {
        "operationId": operation_id(route),
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": [{name: list(route.scopes) if name == _BEARER else []} for name in _credentials(route.shape)],
        "parameters": _parameters(route, operation),
        "responses": {**_successes(operation), **error_responses(route, operation)},
    }
    if operation.deprecated:
        described["deprecated"] = True
    if operation.request is not None:
        body = {"required": route.body == "json", "content": {_JSON: {"schema": operation.request}}}
        described["requestBody"] = body
    return described


def operation_id(route: Route) -> str:
    """Unique and stable: method and path."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", route.path.removeprefix("/v1/")).strip("_")
    return f"{route.method.lower()}_{words}"


def _parameters(route: Route, operation: Operation) -> list[Schema]:
    parameters: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": operation.path_schema} for name in _PARAMETER.findall(route.path)
    ]
    parameters += operation.query
    if route.versioned:
        parameters.append(_component("parameters", "IfMatch"))
    if route.method == "GET" and operation.etag:
        parameters.append(_component("parameters", "IfNoneMatch"))
    if route.method != "GET":
        parameters.append(_component("parameters", "IdempotencyKey"))
    if operation.asynchronous:
        parameters.append(_component("parameters", "Prefer"))
    return parameters


def _successes(operation: Operation) -> dict[str, Schema]:
    responses = {str(operation.status): _success(operation)}
    if operation.etag and not operation.asynchronous:
        responses["304"] = {"description": "The client has this version.", "headers": _headers("ETag")}
    if operation.asynchronous:
        responses["202"] = {
            "description": "Accepted; the operation tells the outcome.",
            "headers": _headers("Location", "RetryAfter"),
            "content": {_JSON: {"schema": reference(OperationResource)}},
        }
    return responses


def _success(operation: Operation) -> Schema:
    names = [*(["ETag"] if operation.etag else []), *(["Location"] if operation.status in _LOCATED else [])]
    response: Schema = {"description": operation.summary, "headers": _headers(*names)}
    if operation.answer is not None and operation.status != _NO_CONTENT:
        response["content"] = {operation.media_type: {"schema": operation.answer}}
    return response


_HEADER_NAMES = {"RequestId": "X-Request-Id", "RetryAfter": "Retry-After"}


def _headers(*names: str) -> dict[str, Schema]:
    return {_HEADER_NAMES.get(name, name): _component("headers", name) for name in ("RequestId", "RateLimit", *names)}


def _component(kind: str, name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}
