from collections.abc import Callable
from typing import Any

import orjson
import pytest

from priorbus.contracts.templates import Template
from priorbus.gateway.presentation.style_b.authorization import render_authorization, render_summary
from priorbus.gateway.presentation.style_b.names import STATES_OF_STATUS
from priorbus.gateway.presentation.style_b.questionnaire import Form

MakeState = Callable[..., dict[str, Any]]
MOMENT = "2026-03-04T05:06:07.089Z"
REQUIRED = {
    *("id", "version", "status", "policy", "providerNpi", "payer", "templateSelection", "questionnaire", "questionnaireResponse"),
    *("requirements", "submission", "createdAt", "updatedAt"),
}
ATTACHMENT = {
    "id": "att_1", "file_id": "file_1", "created_at": MOMENT, "document_types": ["clinical_notes"], "content_type": "application/pdf",
    "size_bytes": 5, "checksum_sha256": "00", "storage_key": "files/secret", "label": "L",
}  # fmt: skip


def shown(template: Template, state: dict[str, Any]) -> dict[str, Any]:
    rendered: dict[str, Any] = orjson.loads(orjson.dumps(render_authorization(state, Form(template))))
    return rendered


def test_a_new_case(template: Template, make_state: MakeState) -> None:
    case = shown(template, make_state())
    assert set(case) >= REQUIRED
    assert (case["status"], case["outcome"], case["completedAt"], case["canceledAt"]) == ("requires_input", None, None, None)
    assert (case["policy"], case["portalAuthMode"], case["submission"]) == ({"finalSubmission": "automatic"}, "automated", {})
    assert case["nextAction"] == {
        "id": "act_1", "type": "provide_requirements", "description": "Answer.", "authorizationVersion": 1, "requirementsVersion": 1,
        "createdAt": MOMENT, "owner": "customer",
    }  # fmt: skip
    assert {"sla", "failure"}.isdisjoint(case)
    assert case["payer"] == {
        "id": "payer_a", "displayName": "Payer A", "supportedStates": ["CA"], "supportedServiceTypes": ["outpatient"],
        "aliases": ["PA"], "status": "active",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("advance", "requires_confirmation"), ("approve", "requires_confirmation"), ("preparing", "processing"),
        ("submitting", "processing"), ("waiting_on_payer", "waiting_on_payer"), ("completed", "completed"), ("canceled", "canceled"),
    ],
)  # fmt: skip
def test_the_mapping_of_states(state: str, status: str, template: Template, make_state: MakeState) -> None:
    assert shown(template, make_state(state=state))["status"] == status
    assert state in STATES_OF_STATUS[status]


def test_the_policy_that_needs_approval(template: Template, make_state: MakeState) -> None:
    assert shown(template, make_state(policy="approval"))["policy"] == {"finalSubmission": "requires_confirmation"}


def test_an_attachment_shows_nothing_of_the_store(template: Template, make_state: MakeState) -> None:
    (attachment,) = shown(template, make_state(attachments=[ATTACHMENT]))["attachments"]
    assert attachment == {"id": "att_1", "fileId": "file_1", "createdAt": MOMENT, "documentTypes": ["clinical_notes"], "label": "L"}


def test_a_decided_case(template: Template, make_state: MakeState) -> None:
    snapshot = {
        "id": "rev_1", "generated_at": MOMENT, "status": "current", "summary": {"payerName": "P"}, "answers": {"q.weeks": ["1.5"]},
        "covers": {"authorization_version": 4, "requirements_version": 3, "answers_version": 2, "attachments_version": 1},
        "attachments": [ATTACHMENT],
    }  # fmt: skip
    item = {"service_code": "70553", "decision": "approved", "from_": "2026-01-01", "to": "2026-02-01"}
    case = shown(
        template,
        make_state(
            state="completed", outcome="approved", next_action=None, completed_at=MOMENT, review_snapshot=snapshot,
            receipt={"received_at": MOMENT, "channel": "sandbox", "reference_number": "R"},
            decision={"received_at": MOMENT, "authorization_number": "N", "effective_from": MOMENT, "items": [item]},
            sla={"kind": "standard", "started_at": MOMENT, "due_at": MOMENT},
        ),
    )  # fmt: skip
    assert "nextAction" not in case
    assert case["sla"] == {"kind": "standard", "startedAt": MOMENT, "dueAt": MOMENT}
    submission = case["submission"]
    assert submission["reviewSnapshot"]["covers"] == {
        "authorizationVersion": 4, "requirementsVersion": 3, "questionnaireResponseVersion": 2, "attachmentVersion": 1,
    }  # fmt: skip
    assert submission["reviewSnapshot"]["kind"] == "final_submission"
    assert submission["reviewSnapshot"]["questionnaireResponse"]["item"] == [{"linkId": "q.weeks", "answer": [{"valueDecimal": 1.5}]}]
    assert submission["payerReceipt"] == {"receivedAt": MOMENT, "channel": "sandbox", "details": {}, "referenceNumber": "R"}
    assert submission["decision"]["items"] == [
        {"serviceCode": "70553", "decision": "approved", "from": "2026-01-01", "to": "2026-02-01", "reasonCodes": []}
    ]
    assert submission["decision"]["effectiveFrom"] == MOMENT


def test_lists_leave_the_large_members_out(make_state: MakeState) -> None:
    item = render_summary(make_state(attachments=[ATTACHMENT]))
    assert {"questionnaire", "questionnaireResponse", "attachments"}.isdisjoint(item)
    assert (item["id"], item["requirements"]["version"]) == ("auth_1", 1)
