"""Readiness of a case on the wire (authorizations.md 10.5)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style import Style


def render_preview(style: Style, seen: Mapping[str, Any]) -> Json:
    """The result of a PreviewAuthorization in a style."""
    return {
        "submittable": seen["submittable"],
        "authorizationVersion": seen["authorization_version"],
        "requirementsVersion": seen["requirements_version"],
        "status": next(status for status, states in style.states_of_status.items() if seen["state"] in states),
        "validationIssues": [_issue(style, issue) for issue in seen["issues"]],
        "questionStates": [_question(style, question) for question in seen["questions"]],
        "supportingDocumentRequests": [
            {name: document[name] for name in ("type", "message", "satisfied")} for document in seen["documents"]
        ],
    }


def _issue(style: Style, issue: Mapping[str, Any]) -> Json:
    rendered = _place(style, "field", issue["field"])
    rendered |= {name: issue[name] for name in ("code", "message", "severity", "blocking")}
    return rendered | {"ruleType": issue["rule_type"], "relatedKeys": issue["related_keys"]}


def _question(style: Style, question: Mapping[str, Any]) -> Json:
    return _place(style, "linkId", question["link_id"]) | {name: question[name] for name in ("enabled", "required", "answered", "blocking")}


def _place(style: Style, member: str, link_id: str) -> Json:
    name, path = style.place(link_id)
    return {member: name} if name == path else {member: name, "path": path}
