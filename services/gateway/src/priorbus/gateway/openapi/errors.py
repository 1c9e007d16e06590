"""Error answers in documents, from the registry (Conventions 8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel

from priorbus.contracts.errors import ERRORS, ErrorCode, Shape
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.route import Route
from priorbus.gateway.openapi.model import FreeObject, Shown, absent
from priorbus.gateway.openapi.operation import Operation
from priorbus.gateway.openapi.patients import FieldErrors
from priorbus.gateway.openapi.resources import IssueObject
from priorbus.gateway.openapi.schemas import Schema, reference
from priorbus.gateway.presentation.errors import render_error

_REQUEST_ID = "req_01JZZZZZZZZZZZZZZZZZZZZZZZ"
_RETRIED = (429, 503)


class ErrorObject(Shown):
    code: str
    message: str
    retryable: bool
    details: FreeObject
    issues: list[IssueObject]


class ErrorEnvelope(Shown):
    error: ErrorObject
    request_id: str


class ProblemEntry(Shown):
    detail: str
    code: str
    pointer: str = absent()


class ProblemDetails(Shown):
    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    retryable: bool
    errors: list[ProblemEntry]
    details: FreeObject = absent()


MODELS: Mapping[Shape, type[BaseModel]] = {"E1": ErrorEnvelope, "E2": FieldErrors, "E3": ProblemDetails}
MEDIA_TYPES: Mapping[Shape, str] = {"E1": "application/json", "E2": "application/json", "E3": "application/problem+json"}


def codes_of(route: Route, operation: Operation) -> list[ErrorCode]:
    """Every error that an operation can answer with: its own and those that its row in the route table implies."""
    codes = {*operation.errors, "not_acceptable", "unauthorized", "rate_limited", "internal_error", "service_unavailable"}
    if route.scopes:
        codes.add("insufficient_permissions")
    if route.method != "GET":
        codes |= {"bad_request", "idempotency_key_reused", "idempotency_in_progress"}
    if route.body != "none":
        codes |= {"payload_too_large", "unsupported_media_type"}
    if route.versioned:
        codes |= {"precondition_required", "version_conflict"}
    return [ERRORS[code] for code in sorted(codes)]


def error_responses(route: Route, operation: Operation) -> dict[str, Schema]:
    """The error answers by status, with an example for each code."""
    by_status: dict[int, list[ErrorCode]] = defaultdict(list)
    for error in codes_of(route, operation):
        by_status[error.status(route.shape)].append(error)
    return {str(status): _response(route.shape, status, errors) for status, errors in sorted(by_status.items())}


def _response(shape: Shape, status: int, errors: Iterable[ErrorCode]) -> Schema:
    codes = [error.code for error in errors]
    narrowed: Schema = {"properties": {"code": {"enum": codes}}}
    if shape == "E1":
        narrowed = {"properties": {"error": narrowed}}
    if shape == "E2":
        # the code stands under `base` only where no field is at fault
        narrowed = {"if": {"required": ["errors"]}, "else": {"properties": {"error_codes": {"properties": {"base": {"enum": codes}}}}}}
    content = {
        "schema": {"allOf": [reference(MODELS[shape]), narrowed]},
        "examples": {code: {"$ref": f"#/components/examples/{example_name(shape, code)}"} for code in codes},
    }
    headers = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if status in _RETRIED:
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return {"description": ", ".join(codes), "headers": headers, "content": {MEDIA_TYPES[shape]: content}}


def example_name(shape: Shape, code: str) -> str:
    """The component name of an example."""
    return f"{shape}.{code}"


def examples(shape: Shape, base_url: str) -> dict[str, Schema]:
    """An example of every code that the shape can show."""
    shown = [error for error in ERRORS.values() if shape in error.shapes]
    return {example_name(shape, error.code): {"summary": error.message, "value": _example(shape, error.code, base_url)} for error in shown}


def _example(shape: Shape, code: str, base_url: str) -> Any:
    return orjson.loads(render_error(shape, Problem(code), _REQUEST_ID, base_url).body)
