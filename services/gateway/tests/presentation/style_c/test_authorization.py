from collections.abc import Callable
from typing import Any

import orjson
import pytest

from priorbus.contracts.templates import Template
from priorbus.gateway.presentation.style_c.authorization import render_authorization, render_summary
from priorbus.gateway.presentation.style_c.parts import leaf_and_path, render_requirements
from priorbus.gateway.presentation.style_c.questionnaire import Form

MakeState = Callable[..., dict[str, Any]]
MOMENT = "2026-03-04T05:06:07.089Z"
COVERS = {"authorization_version": 4, "requirements_version": 3, "answers_version": 2, "attachments_version": 1}
COVERS_ON_WIRE = {"priorAuthorizationVersion": 4, "requirementsVersion": 3, "answersVersion": 2, "attachmentsVersion": 1}


def shown(template: Template, state: dict[str, Any]) -> dict[str, Any]:
    rendered: dict[str, Any] = orjson.loads(orjson.dumps(render_authorization(state, Form(template))))
    return rendered


def test_a_new_case(template: Template, make_state: MakeState) -> None:
    case = shown(template, make_state())
    assert (case["status"], case["policy"], case["submission"], case["metadata"]) == (
        "requires_action", {"finalSubmission": "automatic"}, {}, {},
    )  # fmt: skip
    assert case["request"] == {
        "payerId": "payer_a", "coverageState": "CA", "requestType": "outpatient", "serviceCode": {"system": "cpt", "code": "70553"},
    }  # fmt: skip
    assert case["route"] == {"channel": "sandbox", "accessMode": "managed", "label": "Sandbox"}
    assert {"portalAuthMode", "templateSelection", "questionnaireResponse", "sla", "failure"}.isdisjoint(case)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("advance", "requires_action"), ("approve", "requires_action"), ("preparing", "processing"), ("submitting", "processing"),
        ("waiting_on_payer", "waiting_on_payer"), ("completed", "completed"), ("canceled", "canceled"),
    ],
)  # fmt: skip
def test_the_mapping_of_states(state: str, status: str, template: Template, make_state: MakeState) -> None:
    assert shown(template, make_state(state=state))["status"] == status


@pytest.mark.parametrize(
    ("action", "shown_as", "kind"),
    [
        ("provide_requirements", "resolve_requirements", "update_authorization"),
        ("advance_case", "continue_authorization", "confirm"),
        ("approve_submission", "approve_submission", "confirm"),
    ],
)
def test_the_open_action(action: str, shown_as: str, kind: str, template: Template, make_state: MakeState) -> None:
    opened = {"id": "act_1", "type": action, "description": "Do.", "created_at": MOMENT, "expires_at": MOMENT, **COVERS}
    case = shown(template, make_state(next_action=opened | {"review_snapshot_id": "rev_1"}))
    assert case["nextAction"] == {
        "id": "act_1", "type": shown_as, "resolution": {"kind": kind}, "description": "Do.", "createdAt": MOMENT, "owner": "customer",
        "expiresAt": MOMENT, "covers": COVERS_ON_WIRE | {"reviewSnapshotId": "rev_1"},
    }  # fmt: skip


def test_a_review_snapshot(template: Template, make_state: MakeState) -> None:
    snapshot = {
        "id": "rev_1", "generated_at": MOMENT, "status": "stale", "summary": {"payerName": "P"}, "attachments": [],
        "answers": {"diagnoses": [{"code": ["A00"]}]}, "covers": COVERS,
    }  # fmt: skip
    state = make_state(policy="approval", next_action=None, review_snapshot=snapshot)
    case = shown(template, state)
    assert "nextAction" not in case
    assert case["policy"] == {"finalSubmission": "requires_approval"}
    assert case["submission"]["reviewSnapshot"] == {
        "id": "rev_1", "generatedAt": MOMENT, "covers": COVERS_ON_WIRE, "status": "stale", "kind": "final_payer_submission",
        "summary": {"payerName": "P"}, "attachments": [], "warnings": [],
        "answers": {"item": [{"linkId": "diagnoses", "item": [{"linkId": "code", "answer": [{"valueString": "A00"}]}]}]},
    }  # fmt: skip
    assert render_summary(state)["submission"] == {}


@pytest.mark.parametrize(
    ("link_id", "leaf", "path"),
    [
        ("patient.firstName", "patient.firstName", "patient.firstName"),
        ("diagnoses.10.code", "code", "diagnoses[10].code"),
        ("q.priorTherapies.0.dose.unit", "dose.unit", "q.priorTherapies[0].dose.unit"),
    ],
)
def test_leaves_and_paths(link_id: str, leaf: str, path: str) -> None:
    assert leaf_and_path(link_id) == (leaf, path)


def test_requirements_name_leaves(make_state: MakeState) -> None:
    issue = {"code": "pattern_mismatch", "message": "M", "severity": "error"}
    given = {
        "version": 3,
        "questions": [{"link_id": "diagnoses.1.code", "message": "Answer."}, {"link_id": "q.weeks", "message": "Answer."}],
        "documents": [{"type": "other", "message": "Attach."}],
        "issues": [issue | {"field": "diagnoses.1.code"}, issue | {"field": "q.weeks"}, issue],
    }
    assert render_requirements(make_state(requirements=given)["requirements"]) == {
        "version": 3,
        "questions": [
            {"linkId": "code", "message": "Answer.", "path": "diagnoses[1].code"},
            {"linkId": "q.weeks", "message": "Answer.", "path": "q.weeks"},
        ],
        "documents": [{"type": "other", "message": "Attach."}],
        "issues": [issue | {"field": "code", "path": "diagnoses[1].code"}, issue | {"field": "q.weeks"}, issue],
    }
