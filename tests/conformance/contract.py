"""What every answer of Priorbus must keep to: headers, the error registry, and the OpenAPI documents (Conventions 2, 8, 9, 14.2)."""

import json
import re
from typing import Any

import jsonschema_rs

from priorbus.contracts.errors import ERRORS, SECOND_LEVEL, Shape
from priorbus.devstack.client import Answer
from priorbus.gateway.http.router import Found, Router
from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.routes import ROUTES

LEAKS = re.compile(rb"Traceback|[a-z_]+\.py\b|\b[A-Z][A-Za-z]+(?:Error|Exception)\b|pymongo|aiohttp|pydantic|mongodb://|amqp://")
"""Stack traces, names of classes and of what it is built with, addresses (Conventions 15.2)."""
_PUBLISHED = ("/openapi/", "/asyncapi.json", "/schemas/", "/docs", "/auth/jwks")
_DISCOVERY = ("/smart-configuration", "/metadata")
_CLIENT_ERROR = 400
_NO_BODY = (204, 304)


class Contract:
    """Checks one answer after the other; schemas are closed here, so that a member nobody documented is found."""

    def __init__(self) -> None:
        self._router = Router(ROUTES)
        self._documents = [closed(document) for document in documents(ROUTES, "https://api.example.test").values()]
        self._validators: dict[tuple[str, str, str], jsonschema_rs.Draft202012Validator | None] = {}

    def check(self, method: str, path: str, answer: Answer) -> None:
        """Raises AssertionError where an answer is not what was promised."""
        target = self._router.find(method, path)
        template = target.route.path if isinstance(target, Found) else ""
        where = f"{method} {template or path} answered {answer.status}"
        shape = target.route.shape if isinstance(target, Found) else target.shape
        credential = target.route.credential if isinstance(target, Found) else target.credential
        self._check_headers(where, answer, published=template.startswith(_PUBLISHED) or template.endswith(_DISCOVERY), fhir=shape == "E4")
        if credential == "key" and answer.status not in (401, 500, 503):
            assert re.fullmatch(r'"(default|poll)";r=[0-9]+;t=[0-9]+', answer.headers["RateLimit"]), where
        if answer.status >= _CLIENT_ERROR and not template.startswith("/auth/"):
            check_error(where, shape, answer)
        if answer.body and isinstance(target, Found):
            self._check_schema(where, method, template, answer)

    def _check_headers(self, where: str, answer: Answer, *, published: bool, fhir: bool) -> None:
        assert re.fullmatch("req_[0-9A-Z]{26}", answer.headers["X-Request-Id"]), where
        caching = "private, no-cache" if "ETag" in answer.headers and not fhir else "no-store"
        if not published:
            assert answer.headers["Cache-Control"] == caching, where
        if answer.status in _NO_BODY:
            assert answer.body == b"", where

    def _check_schema(self, where: str, method: str, template: str, answer: Answer) -> None:
        key = (template, method.lower(), str(answer.status))
        if key not in self._validators:
            self._validators[key] = self._validator(*key)
        validator = self._validators[key]
        if validator is not None:
            problems = [f"{error.instance_path}: {error.message[:300]}" for error in validator.iter_errors(json.loads(answer.body))]
            assert not problems, f"{where}: {problems[:5]}"

    def _validator(self, template: str, method: str, status: str) -> jsonschema_rs.Draft202012Validator | None:
        for document in self._documents:
            operation = document["paths"].get(template, {}).get(method)
            if operation is None:
                continue
            assert status in operation["responses"], f"{method} {template} has no {status} in its document"
            (content,) = operation["responses"][status]["content"].values()
            return jsonschema_rs.Draft202012Validator({**content["schema"], "components": document["components"]}, validate_formats=True)
        return None


def check_error(where: str, shape: Shape, answer: Answer) -> None:
    """An error answer: code, status and shape as in the registry, nothing said that should not be (Conventions 8)."""
    assert answer.body, where
    assert not LEAKS.search(answer.body), f"{where}: {answer.body[:300]!r}"
    body = answer.json
    if shape == "E4" and any("details" not in issue for issue in body["issue"]):
        assert "$submit-attachment" in where, f"{where}: only fixed texts have no details (fhir-pas.md 9)"
        return
    if "status" in body and "code" not in body and body["status"] == "unavailable":
        return
    error = ERRORS[answer.error_code]
    assert shape in error.shapes, f"{where}: {error.code} is no code of {shape}"
    assert answer.status == error.status(shape), f"{where}: {error.code}"
    for code in second_level(body):
        assert any(code in codes for codes in SECOND_LEVEL.values()), f"{where}: issue {code}"
    if answer.status in (429, 503):
        assert answer.headers["Retry-After"].isdigit(), where
    if answer.status == 401:
        assert answer.headers["WWW-Authenticate"], where


def second_level(body: Any) -> list[str]:
    """The codes of an error's issues in the shapes of JSON APIs."""
    if "error_codes" in body:
        return [code for field, code in body["error_codes"].items() if field != "base" or "errors" in body]
    if "error" in body:
        return [issue["code"] for issue in body["error"]["issues"]]
    return [issue["code"] for issue in body.get("errors", ())] if isinstance(body.get("errors"), list) else []


def closed(schema: Any) -> Any:
    """The same schemas without room for members that are not described. Compositions stay open: each part sees all members."""
    if isinstance(schema, list):
        return [closed(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: closed(member) for name, member in schema.items() if name != "allOf"}
    if "allOf" in schema:
        result["allOf"] = schema["allOf"]
    if schema.get("type") == "object" and "properties" in schema:
        result.setdefault("additionalProperties", False)
    return result
