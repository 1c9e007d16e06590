"""Sub-objects of an authorization in style B (authorizations.md 3.2)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.case_parts import render_document_requirements, render_payer_answers, render_snapshot, with_moments
from priorbus.gateway.presentation.members import Json, renamed
from priorbus.gateway.presentation.style_b.answers import render_answers

_COVERS = {
    "authorization_version": "authorizationVersion",
    "requirements_version": "requirementsVersion",
    "answers_version": "questionnaireResponseVersion",
    "attachments_version": "attachmentVersion",
}


def place(link_id: str) -> tuple[str, str]:
    """Style B has flat linkIds everywhere."""
    return link_id, link_id


def render_requirements(requirements: Mapping[str, Any]) -> Json:
    """Blockers and warnings."""
    return {
        "version": requirements["version"],
        "questions": [{"linkId": question["link_id"], "message": question["message"]} for question in requirements["questions"]],
        "documents": render_document_requirements(requirements),
        "issues": [renamed(issue, {name: name for name in ("code", "message", "field", "severity")}) for issue in requirements["issues"]],
    }


def render_next_action(action: Mapping[str, Any]) -> Json:
    """The open action."""
    rendered = {
        "id": action["id"],
        "type": action["type"],
        "description": action["description"],
        "authorizationVersion": action["authorization_version"],
        "requirementsVersion": action["requirements_version"],
        "createdAt": action["created_at"],
        "owner": "customer",
    }
    return with_moments(rendered | renamed(action, {"review_snapshot_id": "reviewSnapshotId", "expires_at": "expiresAt"}))


def render_submission(state: Mapping[str, Any], value_members: Mapping[str, str]) -> Json:
    """Review snapshot, receipt and decision, as far as there are any."""
    submission: Json = {}
    snapshot = state["review_snapshot"]
    if snapshot is not None:
        answers = {"questionnaireResponse": render_answers(snapshot["answers"], value_members)}
        submission["reviewSnapshot"] = render_snapshot(snapshot, "final_submission", _COVERS, answers)
    return submission | render_payer_answers(state)
