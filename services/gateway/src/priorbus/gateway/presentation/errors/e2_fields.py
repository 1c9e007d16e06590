"""E2: the body of the patient attachments API."""

from typing import Any

import orjson

from priorbus.gateway.http.call import Answer
from priorbus.gateway.http.problem import Problem


def render(problem: Problem, request_id: str, base_url: str) -> Answer:
    """`{message, errors?, error_codes, details?, request_id}`; field errors by name, others under `base`."""
    fields = [issue for issue in problem.issues if issue.field]
    body: dict[str, Any] = {"message": _message(problem)}
    if fields:
        body["errors"] = {issue.field: issue.message for issue in fields}
    body["error_codes"] = {issue.field: issue.code for issue in fields} or {"base": problem.error.code}
    if problem.details:
        body["details"] = problem.details
    return Answer(problem.error.status("E2"), orjson.dumps({**body, "request_id": request_id}))


def _message(problem: Problem) -> str:
    if any(issue.code == "invalid_json" for issue in problem.issues):
        return "Malformed request body"
    parameter = problem.details.get("parameter")
    return f"The query parameter {parameter} is not valid." if parameter else problem.error.text("E2")
