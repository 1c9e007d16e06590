"""Sub-objects of an authorization in style B (authorizations.md 3.2)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json, renamed
from priorbus.gateway.presentation.moments import wire_moment
from priorbus.gateway.presentation.style_b.answers import render_answers

_COVERS = {
    "authorization_version": "authorizationVersion",
    "requirements_version": "requirementsVersion",
    "answers_version": "questionnaireResponseVersion",
    "attachments_version": "attachmentVersion",
}
_DECIDED_ITEM = {
    "service_code": "serviceCode",
    "decision": "decision",
    "approved_quantity": "approvedQuantity",
    "unit": "unit",
    "from_": "from",
    "to": "to",
    "reason_codes": "reasonCodes",
}
_MOMENTS = ("receivedAt", "effectiveFrom", "effectiveTo", "createdAt", "expiresAt")


def render_payer(payer: Mapping[str, Any]) -> Json:
    """A payer of the catalogue."""
    rendered = {
        "id": payer["id"],
        "displayName": payer["display_name"],
        "supportedStates": payer["supported_states"],
        "supportedServiceTypes": payer["supported_service_types"],
        "aliases": payer["aliases"],
        "status": payer["status"],
    }
    return rendered | renamed(payer, {"brand": "brand", "line_of_business": "lineOfBusiness"})


def render_requirements(requirements: Mapping[str, Any]) -> Json:
    """Blockers and warnings."""
    return {
        "version": requirements["version"],
        "questions": [{"linkId": question["link_id"], "message": question["message"]} for question in requirements["questions"]],
        "documents": [{"type": document["type"], "message": document["message"]} for document in requirements["documents"]],
        "issues": [renamed(issue, {name: name for name in ("code", "message", "field", "severity")}) for issue in requirements["issues"]],
    }


def render_attachment(attachment: Mapping[str, Any]) -> Json:
    """A linked document."""
    rendered = {
        "id": attachment["id"],
        "fileId": attachment["file_id"],
        "createdAt": wire_moment(attachment["created_at"]),
        "documentTypes": attachment["document_types"],
    }
    return rendered | renamed(attachment, {"label": "label", "description": "description"})


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
    return _with_moments(rendered | renamed(action, {"review_snapshot_id": "reviewSnapshotId", "expires_at": "expiresAt"}))


def render_submission(state: Mapping[str, Any], value_members: Mapping[str, str], *, with_snapshot: bool) -> Json:
    """Review snapshot, receipt and decision, as far as there are any."""
    submission: Json = {}
    if with_snapshot and state["review_snapshot"] is not None:
        submission["reviewSnapshot"] = _snapshot(state["review_snapshot"], value_members)
    if state["receipt"] is not None:
        submission["payerReceipt"] = _receipt(state["receipt"])
    if state["decision"] is not None:
        submission["decision"] = _decision(state["decision"])
    return submission


def _snapshot(snapshot: Mapping[str, Any], value_members: Mapping[str, str]) -> Json:
    return {
        "id": snapshot["id"],
        "generatedAt": wire_moment(snapshot["generated_at"]),
        "covers": renamed(snapshot["covers"], _COVERS),
        "status": snapshot["status"],
        "kind": "final_submission",
        "summary": snapshot["summary"],
        "questionnaireResponse": render_answers(snapshot["answers"], value_members),
        "attachments": [render_attachment(attachment) for attachment in snapshot["attachments"]],
        "warnings": snapshot["warnings"],
    }


def _receipt(receipt: Mapping[str, Any]) -> Json:
    rendered: Json = {"receivedAt": receipt["received_at"], "channel": receipt["channel"], "details": receipt["details"]}
    return _with_moments(rendered | renamed(receipt, {"reference_number": "referenceNumber", "payer_status_text": "payerStatusText"}))


def _decision(decision: Mapping[str, Any]) -> Json:
    names = {
        "authorization_number": "authorizationNumber",
        "payer_status_text": "payerStatusText",
        "effective_from": "effectiveFrom",
        "effective_to": "effectiveTo",
    }
    rendered: Json = {
        "receivedAt": decision["received_at"],
        "modifications": decision["modifications"],
        "denialReasons": decision["denial_reasons"],
        "denialReasonCodes": decision["denial_reason_codes"],
        "items": [renamed(item, _DECIDED_ITEM) for item in decision["items"]],
        "details": decision["details"],
    }
    return _with_moments(rendered | renamed(decision, names))


def _with_moments(rendered: Json) -> Json:
    for name in _MOMENTS:
        if name in rendered:
            rendered[name] = wire_moment(rendered[name])
    return rendered
