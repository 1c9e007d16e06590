"""The scenarios of the sandbox payer, each with a case that plays it (authorizations.md 11.2, 11.4)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json

VERSION = 1
PROVIDER_NPI = "1234567893"
_ROOT = "/v1/prior-authorizations"
_ENDPOINTS = (
    f"POST {_ROOT}",
    f"PATCH {_ROOT}/{{id}}/answers",
    "POST /v1/files",
    "POST /v1/files/{id}/complete",
    f"POST {_ROOT}/{{id}}/attachments",
    f"POST {_ROOT}/{{id}}/confirm",
    f"GET {_ROOT}/{{id}}",
)
_EVENTS = "POST /v1/sandbox/prior-authorizations/{id}/payer-events"
_SECONDS_PER_STATUS = 5
_OPENED = ("resolve_requirements", "continue_authorization")
_WAITED = ("requires_action", "processing", "waiting_on_payer")
_ASKED = (*_WAITED, "requires_action", "processing", "completed")


def _text(link_id: str, value: str) -> Json:
    return _item(link_id, {"valueString": value})


def _choice(link_id: str, code: str) -> Json:
    return _item(link_id, {"valueCoding": {"code": code}})


def _item(link_id: str, answer: Json) -> Json:
    return {"linkId": link_id, "answer": [answer]}


def _answers(member_id: str) -> Json:
    """Everything that the brain MRI asks for; only the clinical notes are left to attach."""
    flags = ("q.mri.priorImaging", "q.mri.contrastAllergy", "q.mri.renalDisease")
    return {
        "item": [
            _text("patient.firstName", "Ada"),
            _text("patient.lastName", "Probe"),
            _item("patient.dateOfBirth", {"valueDate": "1980-02-29"}),
            _choice("patient.gender", "female"),
            _text("patient.address.line1", "1 Test Way"),
            _text("patient.address.city", "Fresno"),
            _text("patient.address.state", "CA"),
            _text("patient.address.zip", "93701"),
            _text("coverage.memberId", member_id),
            _item("service.startDate", {"valueDate": "2026-12-01"}),
            {"linkId": "diagnoses", "item": [_text("code", "G43.909")]},
            _choice("q.mri.indication", "headache"),
            _choice("q.mri.redFlags", "neuro_deficit"),
            _item("q.mri.symptomWeeks", {"valueDecimal": 8}),
            *(_item(link_id, {"valueBoolean": False}) for link_id in flags),
            _choice("q.mri.facilityType", "freestanding"),
        ]
    }


def _create(member_id: str) -> Json:
    return {
        "providerNpi": PROVIDER_NPI,
        "request": {
            "payerId": "payer_evergreen",
            "coverageState": "CA",
            "requestType": "outpatient",
            "serviceCode": {"system": "cpt", "code": "70553"},
        },
        "policy": {"finalSubmission": "automatic"},
        "answers": _answers(member_id),
    }


def _scenario(
    scenario_id: str,
    member_id: str,
    description: str,
    statuses: tuple[str, ...],
    outcome: str | None = None,
    *,
    actions: tuple[str, ...] = _OPENED,
    endpoints: tuple[str, ...] = _ENDPOINTS,
) -> Json:
    """One scenario. `statuses` and `actions` are in the order in which a case shows them, `outcome` is None for one that does not end."""
    return {
        "id": scenario_id,
        "description": description,
        "memberId": member_id,
        "create": _create(member_id),
        "expected": {"statuses": list(statuses), "nextActions": list(actions), "outcomes": [outcome] if outcome else []},
        "ciSafe": True,
        "suggestedTimeoutSeconds": _SECONDS_PER_STATUS * len(statuses),
        "endpoints": list(endpoints),
    }


_DONE_AFTER_RECEIPT = (*_WAITED, "completed")
_DONE_AT_ONCE = ("requires_action", "processing", "completed")
_DISCOVERED = ("requires_action", "processing", *_DONE_AFTER_RECEIPT)

SCENARIOS: Mapping[str, Mapping[str, Any]] = {
    scenario["id"]: scenario
    for scenario in (
        _scenario("quickstart_receipt", "SBX-RECEIPT", "The payer confirms that it has the request, and says no more.", _WAITED),
        _scenario("approve_after_receipt", "SBX-APPROVE", "Receipt, then approval.", _DONE_AFTER_RECEIPT, "approved"),
        _scenario("approve_now", "SBX-APPROVE-NOW", "Approval at once.", _DONE_AT_ONCE, "approved"),
        _scenario("deny_after_receipt", "SBX-DENY", "Receipt, then denial.", _DONE_AFTER_RECEIPT, "denied"),
        _scenario("modify_after_receipt", "SBX-MODIFY", "Receipt, then approval with changes.", _DONE_AFTER_RECEIPT, "modified"),
        _scenario("not_required", "SBX-NOTREQ", "No authorization is needed.", _DONE_AT_ONCE, "not_required"),
        _scenario(
            "more_info_then_approve",
            "SBX-INFO",
            "After the receipt the payer asks for a treatment plan; once it is attached and confirmed, approval.",
            _ASKED,
            "approved",
            actions=_OPENED * 2,
        ),
        _scenario(
            "question_then_deny",
            "SBX-QUESTION",
            "After the receipt the payer asks a question; once it is answered and confirmed, denial.",
            _ASKED,
            "denied",
            actions=_OPENED * 2,
        ),
        _scenario(
            "discovery",
            "SBX-DISCOVER",
            "Preparation finds that a treatment plan is missing; once it is attached and confirmed, receipt and approval.",
            _DISCOVERED,
            "approved",
            actions=_OPENED * 2,
        ),
        _scenario("fail", "SBX-FAIL", "The payer rejects the request.", _DONE_AT_ONCE, "failed"),
        _scenario(
            "outage_then_approve",
            "SBX-OUTAGE",
            "Two attempts do not reach the payer, the third one does: receipt, then approval.",
            _DONE_AFTER_RECEIPT,
            "approved",
        ),
        _scenario(
            "hold",
            "SBX-HOLD",
            "The payer says nothing until an event is injected.",
            ("requires_action", "processing"),
            endpoints=(*_ENDPOINTS, _EVENTS),
        ),
    )
}
"""By id, in the order in which they are listed."""
