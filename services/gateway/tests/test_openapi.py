import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from priorbus.contracts.errors import ERRORS
from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.openapi.operations import AUTHORIZATIONS, PLATFORM
from priorbus.gateway.openapi.patient_operations import PATIENT_ATTACHMENTS
from priorbus.gateway.routes import ROUTES

DOCUMENTS = documents(ROUTES, "https://api.example.test")
ELSEWHERE = (
    "/admin/",
    "/fhir",
    "/pas",
    "/payer-notifications",
    "/.well-known",
    "/auth/",
    "/health",
    "/openapi/",
    "/asyncapi.json",
    "/schemas/",
    "/docs",
    "/$submit-attachment",
)
"""Operators' paths, public documents, health, and what CapabilityStatements and OAuth metadata describe."""


def members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from members(child)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_and_whole(name: str) -> None:
    document = DOCUMENTS[name]
    validate(document)
    for key, target in members(document):
        if key == "$ref":
            kind, component = re.fullmatch(r"#/components/(\w+)/([\w.-]+)", target).groups()  # type: ignore[union-attr]
            assert component in document["components"][kind], target


def test_every_route_of_the_api_is_described_and_nothing_else() -> None:
    routes = {(route.method, route.path) for route in ROUTES if not route.path.startswith(ELSEWHERE)}
    assert routes == {*AUTHORIZATIONS, *PATIENT_ATTACHMENTS, *PLATFORM}


def test_operation_ids_are_unique() -> None:
    ids = [value for document in DOCUMENTS.values() for key, value in members(document["paths"]) if key == "operationId"]
    assert len(ids) == len(set(ids)) == len(AUTHORIZATIONS) + len(PATIENT_ATTACHMENTS) + len(PLATFORM)


@pytest.mark.parametrize(("name", "shape"), [("authorizations", "E1"), ("patient-attachments", "E2"), ("platform", "E3")])
def test_every_code_of_the_shape_is_an_example(name: str, shape: str) -> None:
    shown = {example.removeprefix(f"{shape}.") for example in DOCUMENTS[name]["components"]["examples"]}
    assert shown == {error.code for error in ERRORS.values() if shape in error.shapes}


def test_nullable_members_have_a_list_of_types() -> None:
    case = DOCUMENTS["authorizations"]["components"]["schemas"]["AuthorizationB"]["properties"]
    assert case["completedAt"] == {"type": ["string", "null"], "format": "date-time"}
    assert case["outcome"] == {"type": ["string", "null"], "enum": ["approved", "denied", "modified", "not_required", "failed", None]}


def test_style_b_requires_the_members_of_its_seed() -> None:
    required = DOCUMENTS["authorizations"]["components"]["schemas"]["AuthorizationB"]["required"]
    seed = "id version status policy providerNpi payer templateSelection questionnaire questionnaireResponse requirements submission"
    assert {*seed.split(), "createdAt", "updatedAt"} <= set(required)


def test_if_match_is_required_where_the_route_says_so() -> None:
    for route in ROUTES:
        if (route.method, route.path) in AUTHORIZATIONS:
            operation = DOCUMENTS["authorizations"]["paths"][route.path][route.method.lower()]
            assert ({"$ref": "#/components/parameters/IfMatch"} in operation["parameters"]) == route.versioned


def test_patterns_are_ecma_script() -> None:
    for key, pattern in members(DOCUMENTS):
        if key == "pattern" and isinstance(pattern, str):
            assert r"\z" not in pattern


async def test_documents_and_error_pages_are_public(world: Any) -> None:
    client = await world.client(None)
    document = await client.call("GET", "/openapi/authorizations.json")
    assert (document.status, document.headers["Cache-Control"]) == (200, "public, max-age=300")
    assert document.json["servers"] == [{"url": "http://api.example.test"}]
    for code in ERRORS:
        page = await client.call("GET", f"/docs/errors/{code}", headers={"Accept": "text/html"})
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert code.encode() in page.body
    unknown = await client.call("GET", "/docs/errors/nothing")
    assert (unknown.status, unknown.error_code) == (404, "not_found")


def test_the_committed_documents_exist() -> None:
    folder = Path(__file__).parents[3] / "docs" / "openapi"
    assert {path.stem for path in folder.glob("*.json")} >= set(DOCUMENTS)


def test_receivers_of_webhooks_are_told_what_to_do() -> None:
    """Conventions 11.2"""
    for path in DOCUMENTS["platform"]["webhooks"].values():
        told = {one["name"]: one["description"] for one in path["post"]["parameters"]}
        assert "constant time" in told["webhook-signature"]
        assert "300 s" in told["webhook-timestamp"]
        assert "drop" in told["webhook-id"]
        assert "lower `data.version`" in path["post"]["description"]
