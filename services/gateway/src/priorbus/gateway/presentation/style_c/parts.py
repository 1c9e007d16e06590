"""Sub-objects of an authorization in style C (authorizations.md 3.2)."""

import re
from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.case_parts import render_document_requirements, render_payer_answers, render_snapshot, with_moments
from priorbus.gateway.presentation.members import Json, renamed
from priorbus.gateway.presentation.style_c.answers import render_answers
from priorbus.gateway.presentation.style_c.names import ACTION_ON_WIRE, RESOLUTIONS

_COVERS = {
    "authorization_version": "priorAuthorizationVersion",
    "requirements_version": "requirementsVersion",
    "answers_version": "answersVersion",
    "attachments_version": "attachmentsVersion",
    "review_snapshot_id": "reviewSnapshotId",
}
_OCCURRENCE = re.compile(r"(.+)\.(0|[1-9][0-9]*)\.(.+)")
"""No segment of a template's linkId is numeric (5.2.1), so the split is unique."""


def leaf_and_path(link_id: str) -> tuple[str, str]:
    """A flat linkId as style C names it: `diagnoses.1.code` is the leaf `code` at `diagnoses[1].code`."""
    occurrence = _OCCURRENCE.fullmatch(link_id)
    if occurrence is None:
        return link_id, link_id
    group, number, leaf = occurrence.groups()
    return leaf, f"{group}[{number}].{leaf}"


def render_requirements(requirements: Mapping[str, Any]) -> Json:
    """Blockers and warnings."""
    return {
        "version": requirements["version"],
        "questions": [_question(question) for question in requirements["questions"]],
        "documents": render_document_requirements(requirements),
        "issues": [_issue(issue) for issue in requirements["issues"]],
    }


def _question(question: Mapping[str, Any]) -> Json:
    leaf, path = leaf_and_path(question["link_id"])
    return {"linkId": leaf, "message": question["message"], "path": path}


def _issue(issue: Mapping[str, Any]) -> Json:
    rendered: Json = {"code": issue["code"], "message": issue["message"]}
    if issue["field"] is not None:
        leaf, path = leaf_and_path(issue["field"])
        rendered["field"] = leaf
        if leaf != path:
            rendered["path"] = path
    return rendered | {"severity": issue["severity"]}


def render_next_action(action: Mapping[str, Any]) -> Json:
    """The open action."""
    rendered: Json = {
        "id": action["id"],
        "type": ACTION_ON_WIRE[action["type"]],
        "resolution": {"kind": RESOLUTIONS[action["type"]]},
        "description": action["description"],
        "createdAt": action["created_at"],
        "owner": "customer",
        **renamed(action, {"expires_at": "expiresAt"}),
        "covers": renamed(action, _COVERS),
    }
    return with_moments(rendered)


def render_submission(state: Mapping[str, Any], value_members: Mapping[str, str]) -> Json:
    """Review snapshot, receipt and decision, as far as there are any."""
    submission: Json = {}
    snapshot = state["review_snapshot"]
    if snapshot is not None:
        answers = {"answers": render_answers(snapshot["answers"], value_members)}
        submission["reviewSnapshot"] = render_snapshot(snapshot, "final_payer_submission", _COVERS, answers)
    return submission | render_payer_answers(state)
