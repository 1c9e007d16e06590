import json

import pytest

from priorbus.contracts.errors import ERRORS, Shape
from priorbus.contracts.replies import Issue
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.presentation.errors import render_error

BASE = "https://api.example.test"
ISSUE = Issue(code="invalid_type", message="The value has the wrong type.", field="/a")


def rendered(shape: Shape, problem: Problem) -> dict:  # type: ignore[type-arg]
    body: dict = json.loads(render_error(shape, problem, "req_1", BASE).body)  # type: ignore[type-arg]
    return body


def test_e1() -> None:
    body = rendered("E1", Problem("version_conflict", details={"expectedVersion": 1, "actualVersion": 2}))
    assert body == {
        "error": {
            "code": "version_conflict",
            "message": ERRORS["version_conflict"].message,
            "retryable": False,
            "details": {"expectedVersion": 1, "actualVersion": 2},
            "issues": [],
        },
        "requestId": "req_1",
    }


def test_e1_issues_have_only_the_members_they_need() -> None:
    issues = rendered("E1", Problem("bad_request", issues=[ISSUE, Issue(code="x", message="y", severity="warning")]))["error"]["issues"]
    assert issues == [
        {"code": "invalid_type", "message": ISSUE.message, "field": "/a", "severity": "error"},
        {"code": "x", "message": "y", "severity": "warning"},
    ]


def test_e2() -> None:
    assert rendered("E2", Problem("not_found")) == {
        "message": "Not Found",
        "error_codes": {"base": "not_found"},
        "request_id": "req_1",
    }
    body = rendered("E2", Problem("validation_failed", issues=[Issue(code="blank", message="must be given", field="name")]))
    assert (body["errors"], body["error_codes"]) == ({"name": "must be given"}, {"name": "blank"})
    malformed = rendered("E2", Problem("bad_request", issues=[Issue(code="invalid_json", message="x")]))
    assert (malformed["message"], malformed["error_codes"]) == ("Malformed request body", {"base": "bad_request"})
    assert rendered("E2", Problem("invalid_paging", details={"parameter": "page"}))["message"] == "The query parameter page is not valid."


def test_e3() -> None:
    answer = render_error("E3", Problem("operation_not_found"), "req_1", BASE)
    body = json.loads(answer.body)
    assert answer.content_type == "application/problem+json"
    assert (body["type"], body["status"], body["instance"]) == (
        f"{BASE}/docs/errors/operation_not_found",
        404,
        "urn:priorbus:request:req_1",
    )
    assert (body["code"], body["retryable"], body["errors"]) == ("operation_not_found", False, [])


def test_e4() -> None:
    answer = render_error("E4", Problem("version_conflict", issues=[ISSUE]), "req_1", BASE)
    (issue,) = json.loads(answer.body)["issue"]
    assert (answer.status, issue["code"], issue["severity"], issue["expression"]) == (412, "conflict", "error", ["/a"])
    assert issue["details"]["coding"][0] == {"system": f"{BASE}/docs/errors", "code": "version_conflict"}


@pytest.mark.parametrize(("shape", "challenge"), [("E1", "Bearer"), ("E2", "Basic"), ("E3", "Bearer"), ("E4", "Bearer")])
def test_401_carries_a_challenge(shape: Shape, challenge: str) -> None:
    assert f'{challenge} realm="priorbus"' in render_error(shape, Problem("unauthorized"), "req_1", BASE).headers["WWW-Authenticate"]


@pytest.mark.parametrize("code", [row.code for row in ERRORS.values() if row.http == 503])
def test_503_tells_when_to_come_back(code: str) -> None:
    assert all(int(render_error(shape, Problem(code), "req_1", BASE).headers["Retry-After"]) > 0 for shape in ERRORS[code].shapes)


@pytest.mark.parametrize("row", ERRORS.values(), ids=lambda row: row.code)
def test_every_code_renders_in_every_shape_it_has(row) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    for shape in row.shapes:
        answer = render_error(shape, Problem(row.code), "req_1", BASE)
        assert answer.status == row.status(shape)
        assert row.code in answer.body.decode()
