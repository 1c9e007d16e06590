"""E4: OperationOutcome (Conventions 8.1, fhir-pas 9)."""

from typing import Any

import orjson

from priorbus.contracts.replies import Issue
from priorbus.gateway.http.call import Answer
from priorbus.gateway.http.media_types import FHIR_JSON
from priorbus.gateway.http.problem import Problem


def render(problem: Problem, request_id: str, base_url: str) -> Answer:
    """One OperationOutcome with an issue per finding, or one for the error itself."""
    found = problem.issues or (None,)
    body = {"resourceType": "OperationOutcome", "issue": [_issue(problem, issue, request_id, base_url) for issue in found]}
    return Answer(problem.error.status("E4"), orjson.dumps(body), content_type=f"{FHIR_JSON}; charset=utf-8")


def _issue(problem: Problem, issue: Issue | None, request_id: str, base_url: str) -> dict[str, Any]:
    coding = {"system": f"{base_url}/docs/errors", "code": problem.error.code}
    rendered: dict[str, Any] = {
        "severity": issue.severity if issue else "error",
        "code": problem.error.fhir,
        "details": {"coding": [coding], "text": issue.message if issue else problem.error.message},
        "diagnostics": _diagnostics(problem, request_id),
    }
    if issue and issue.field:
        rendered["expression"] = [issue.field]
    return rendered


def _diagnostics(problem: Problem, request_id: str) -> str:
    scopes = problem.details.get("requiredScopes")
    return f"needed: {' '.join(scopes)}" if scopes else request_id
