from dataclasses import replace

import pytest
from services.requirements.tests.conftest import World, accepted, told

from priorbus.contracts.authorizations import State
from priorbus.contracts.commands.fhir_pas import SubmitAuthorization
from priorbus.contracts.commands.requirements import CompletePreparation, ExpireReview
from priorbus.requirements.domain.lifecycle import preparation


def test_new_findings_go_to_the_customer(world: World) -> None:
    before = world.case("preparing")
    decided = world.prepare(before, "treatment_plan")
    after = decided.authorization
    assert after.state == "requires_input"
    assert [document.type for document in after.requirements.documents] == ["treatment_plan"]
    assert after.requirements.version == before.requirements.version + 1
    assert after.next_action is not None
    assert after.next_action.type == "provide_requirements"
    assert told(decided) == ["authorization.requirements_changed", "authorization.status_changed", "authorization.next_action_opened"]


def test_findings_that_attachments_satisfy_lead_to_advance(world: World) -> None:
    case = accepted(world.confirm(accepted(world.attach(world.case("advance"), "treatment_plan"))))
    after = world.prepare(case, "treatment_plan").authorization
    assert after.state == "advance"
    assert [finding.document_type for finding in after.findings] == ["treatment_plan"]


def test_recorded_findings_are_no_news(world: World) -> None:
    found = world.prepare(world.case("preparing"), "treatment_plan", "treatment_plan").authorization
    again = accepted(world.confirm(accepted(world.attach(found, "treatment_plan"))))
    assert world.prepare(again, "treatment_plan").authorization.state == "submitting"


def test_policy_automatic_submits_under_the_same_work_item_with_a_record_of_what_is_sent(world: World) -> None:
    before = world.case("preparing")
    decided = world.prepare(before)
    after = decided.authorization
    assert (after.state, after.work) == ("submitting", before.work)
    assert before.work is not None
    assert decided.commands == (SubmitAuthorization(authorization=after, work_item_id=before.work.id),)
    assert after.review_snapshot is not None
    assert (after.review_snapshot.status, after.review_snapshot.expires_at) == ("current", None)
    assert told(decided) == ["authorization.review_snapshot_generated"]


def test_policy_approval_asks_for_it(world: World) -> None:
    before = accepted(world.confirm(world.case("advance", "approval")))
    decided = world.prepare(before)
    after = decided.authorization
    snapshot, action = after.review_snapshot, after.next_action
    assert after.state == "approve"
    assert snapshot is not None
    assert action is not None
    assert snapshot.covers.authorization_version == after.version
    assert (action.type, action.review_snapshot_id) == ("approve_submission", snapshot.id)
    assert action.expires_at == snapshot.expires_at == world.now + world.terms.review_ttl
    assert decided.commands == ()
    (timer,) = decided.schedule
    assert (timer.key, timer.due) == (f"{after.id}/review", snapshot.expires_at)
    assert timer.command == ExpireReview(authorization_id=after.id, review_snapshot_id=snapshot.id)
    assert told(decided) == [
        "authorization.status_changed",
        "authorization.review_snapshot_generated",
        "authorization.next_action_opened",
    ]
    assert decided.events[-1].data is not None
    assert decided.events[-1].data["expiresAt"] == "2026-01-12T09:00:00.004Z"


def test_the_safety_gate_asks_with_policy_automatic_too(world: World) -> None:
    world.terms = replace(world.terms, safety_gate=True)
    assert world.prepare(world.case("preparing")).authorization.state == "approve"


def test_the_snapshot_shows_what_will_be_sent(world: World) -> None:
    case = world.case("preparing")
    assert case.work is not None
    command = CompletePreparation(authorization_id=case.id, work_item_id=case.work.id, summary={"extra": 1}, warnings=("check dates",))
    snapshot = preparation.decide(case, command, world.compiled, world.moment, world.terms).authorization.review_snapshot
    assert snapshot is not None
    assert (snapshot.answers, snapshot.attachments, snapshot.warnings) == (case.answers, case.attachments, ("check dates",))
    assert snapshot.summary == {
        "payerName": "Evergreen",
        "serviceCode": "70553",
        "serviceType": "outpatient",
        "diagnosisCodes": ["G43.909"],
        "documentTypes": ["clinical_notes"],
        "isUrgent": False,
        "extra": 1,
    }


@pytest.mark.parametrize("state", ["advance", "submitting", "completed", "canceled"])
def test_a_result_that_comes_too_late_is_noted_only(world: World, state: State) -> None:
    before = world.case(state)
    decided = world.prepare(before, "treatment_plan")
    assert decided.authorization == before.model_copy(update={"sequence": before.sequence + 1})
    assert told(decided) == ["authorization.worker_result_ignored"]
    assert decided.events[0].data is None


def test_a_result_of_another_work_item_is_noted_only(world: World) -> None:
    before = world.case("preparing")
    decided = world.prepare(before, work_item_id="work_other")
    assert (decided.authorization.state, decided.authorization.version) == ("preparing", before.version)
    assert decided.events[0].payload == {"result": "preparation"}
