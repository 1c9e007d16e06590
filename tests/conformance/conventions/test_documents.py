"""Acceptance cases: published documents, and what is answered against them (conventions.md 19)."""

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from priorbus.contracts.errors import ERRORS
from priorbus.devstack.client import Answer, Client
from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.published import HTML_PATHS
from priorbus.gateway.routes import ROUTES
from tests.conformance.contract import Contract


@pytest.mark.parametrize("name", ["authorizations", "patient-attachments", "platform"])
async def test_conv_55_documents(anonymous: Client, name: str) -> None:
    """CONV-55; the traffic of all conformance tests is checked against the documents as it is seen"""
    answer = await anonymous.call("GET", f"/openapi/{name}.json")
    assert answer.status == 200
    validate(answer.json)
    (server,) = answer.json["servers"]
    assert answer.json == documents(ROUTES, server["url"])[name]


async def test_conv_55_events(anonymous: Client) -> None:
    """CONV-55: AsyncAPI and the schemas of events, which every event of the conformance tests is held to"""
    answer = await anonymous.call("GET", "/asyncapi.json")
    assert (answer.status, answer.json["asyncapi"]) == (200, "3.0.0")
    for name in answer.json["channels"]["events"]["messages"]:
        schema = await anonymous.call("GET", f"/schemas/events/{name}.json")
        assert schema.status == 200
        jsonschema_rs.meta.validate(schema.json)


async def test_pages_for_people(anonymous: Client) -> None:
    for path in HTML_PATHS:
        answer = await anonymous.call("GET", path, headers={"Accept": "text/html"})
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert b"</html>" in answer.body


async def test_error_pages(anonymous: Client) -> None:
    """Conventions 14: a short page for each registry code."""
    for code in ERRORS:
        assert (await anonymous.call("GET", f"/docs/errors/{code}")).status == 200


HEADERS = {"X-Request-Id": "req_01JZZZZZZZZZZZZZZZZZZZZZZZ", "Cache-Control": "no-store", "RateLimit": '"default";r=1;t=1'}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b'{"error":{"code":"no_such_code","message":"","retryable":false,"details":{},"issues":[]},"requestId":"r"}'),
        (409, b'{"error":{"code":"payer_not_found","message":"","retryable":false,"details":{},"issues":[]},"requestId":"r"}'),
        (404, b'{"error":{"code":"file_not_found","message":"","retryable":false,"details":{},"issues":[]},"requestId":"r"}'),
        (404, b'{"error":{"code":"payer_not_found","message":"KeyError","retryable":false,"details":{},"issues":[]},"requestId":"r"}'),
        (404, b'{"error":{"code":"payer_not_found","message":"","retryable":false,"details":{},"issues":[],"x":1},"requestId":"r"}'),
        (200, b'{"id":"payer_harbor"}'),
        (418, b"{}"),
    ],
)
def test_the_check_of_all_traffic_finds_fault(status: int, body: bytes) -> None:
    """AUTH-16, CONV-55: an unknown code, another status, another operation's code, a leak, unknown and missing members."""
    with pytest.raises((AssertionError, KeyError)):
        Contract().check("GET", "/v1/payers/payer_harbor", Answer(status, HEADERS, body))
