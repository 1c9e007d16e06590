"""E3: problem+json (RFC 9457)."""

from typing import Any

import orjson

from priorbus.contracts.replies import Issue
from priorbus.gateway.http.call import Answer
from priorbus.gateway.http.problem import Problem


def render(problem: Problem, request_id: str, base_url: str) -> Answer:
    """The problem details with the extensions code, retryable, errors and, where there are some, details."""
    status = problem.error.status("E3")
    body: dict[str, Any] = {
        "type": f"{base_url}/docs/errors/{problem.error.code}",
        "title": problem.error.message,
        "status": status,
        "detail": problem.error.message,
        "instance": f"urn:priorbus:request:{request_id}",
        "code": problem.error.code,
        "retryable": problem.retryable,
        "errors": [_error(issue) for issue in problem.issues],
    }
    if problem.details:
        body["details"] = problem.details
    return Answer(status, orjson.dumps(body), content_type="application/problem+json")


def _error(issue: Issue) -> dict[str, Any]:
    rendered = {"detail": issue.message, "code": issue.code}
    if issue.field is not None:
        rendered["pointer"] = issue.field
    return rendered
