"""What authorizations of both styles are made of (authorizations.md 3.2)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json, renamed
from priorbus.gateway.presentation.moments import wire_moment

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


def render_document_requirements(requirements: Mapping[str, Any]) -> list[Json]:
    """Document types that are missing."""
    return [{"type": document["type"], "message": document["message"]} for document in requirements["documents"]]


def render_attachment(attachment: Mapping[str, Any]) -> Json:
    """A linked document."""
    rendered = {
        "id": attachment["id"],
        "fileId": attachment["file_id"],
        "createdAt": wire_moment(attachment["created_at"]),
        "documentTypes": attachment["document_types"],
    }
    return rendered | renamed(attachment, {"label": "label", "description": "description"})


def render_snapshot(snapshot: Mapping[str, Any], kind: str, covers: Mapping[str, str], answers: Json) -> Json:
    """A review snapshot; `covers` are the style's names of the versions, `answers` the answers as a member of the style."""
    return {
        "id": snapshot["id"],
        "generatedAt": wire_moment(snapshot["generated_at"]),
        "covers": renamed(snapshot["covers"], covers),
        "status": snapshot["status"],
        "kind": kind,
        "summary": snapshot["summary"],
        **answers,
        "attachments": [render_attachment(attachment) for attachment in snapshot["attachments"]],
        "warnings": snapshot["warnings"],
    }


def render_payer_answers(state: Mapping[str, Any]) -> Json:
    """Receipt and decision as members of `submission`, as far as there are any."""
    rendered: Json = {}
    if state["receipt"] is not None:
        rendered["payerReceipt"] = _receipt(state["receipt"])
    if state["decision"] is not None:
        rendered["decision"] = _decision(state["decision"])
    return rendered


def _receipt(receipt: Mapping[str, Any]) -> Json:
    rendered: Json = {"receivedAt": receipt["received_at"], "channel": receipt["channel"], "details": receipt["details"]}
    return with_moments(rendered | renamed(receipt, {"reference_number": "referenceNumber", "payer_status_text": "payerStatusText"}))


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
    return with_moments(rendered | renamed(decision, names))


def render_tail(state: Mapping[str, Any]) -> Json:
    """The members of a case that both styles have at its end."""
    rendered: Json = {"metadata": state["metadata"]}
    if state["sla"] is not None:
        sla = state["sla"]
        rendered["sla"] = {"kind": sla["kind"], "startedAt": wire_moment(sla["started_at"]), "dueAt": wire_moment(sla["due_at"])}
    if state["failure"] is not None:
        rendered["failure"] = {"code": state["failure"]["code"], "message": state["failure"]["message"]}
    rendered["createdAt"] = wire_moment(state["created_at"])
    rendered["updatedAt"] = wire_moment(state["updated_at"])
    for name, wire in (("completed_at", "completedAt"), ("canceled_at", "canceledAt")):
        rendered[wire] = wire_moment(state[name]) if state[name] is not None else None
    return rendered


def with_moments(rendered: Json) -> Json:
    """The same object, its stored timestamps in wire form."""
    for name in _MOMENTS:
        if name in rendered:
            rendered[name] = wire_moment(rendered[name])
    return rendered
