"""E1: the authorization envelope."""

from typing import Any

import orjson

from priorbus.contracts.replies import Issue
from priorbus.gateway.http.call import Answer
from priorbus.gateway.http.problem import Problem


def render(problem: Problem, request_id: str, base_url: str) -> Answer:
    """`{"error": {code, message, retryable, details, issues}, "requestId"}`."""
    return Answer(problem.error.status("E1"), orjson.dumps({"error": error_object(problem), "requestId": request_id}))


def error_object(problem: Problem) -> dict[str, Any]:
    """The error itself, as operations hold it too (Conventions 7.3)."""
    return {
        "code": problem.error.code,
        "message": problem.error.message,
        "retryable": problem.retryable,
        "details": problem.details,
        "issues": [issue_object(issue) for issue in problem.issues],
    }


def issue_object(issue: Issue) -> dict[str, Any]:
    """One issue; `field` and `path` only where there is one."""
    rendered: dict[str, Any] = {"code": issue.code, "message": issue.message}
    if issue.field is not None:
        rendered["field"] = issue.field
    if issue.path is not None:
        rendered["path"] = issue.path
    rendered["severity"] = issue.severity
    return rendered
