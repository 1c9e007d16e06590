from typing import Any

import pytest
from services.requirements.tests.conftest import EvidenceKind, World, accepted, told

from priorbus.contracts.authorizations import Authorization, Failure, ReasonCode, State

VERDICTS: tuple[EvidenceKind, ...] = ("approved", "denied", "modified", "not_required", "failure")


def permitted(world: World) -> Authorization:
    return world.permit(world.case("submitting")).authorization


def test_a_receipt_means_waiting_on_the_payer(world: World) -> None:
    before = permitted(world)
    (decided,) = world.evidence(before, "receipt", reference_number="SBX-9", payer_status_text="Pended")
    after = decided.authorization
    assert (after.state, after.version) == ("waiting_on_payer", before.version + 1)
    assert after.receipt is not None
    assert (after.receipt.reference_number, after.receipt.payer_status_text) == ("SBX-9", "Pended")
    assert told(decided) == ["authorization.payer_receipt_recorded", "authorization.status_changed"]
    assert decided.events[0].data is not None
    assert decided.events[0].data["hasReferenceNumber"] is True
    assert decided.events[0].payload == {"referenceNumber": "SBX-9"}
    assert {event.actor for event in decided.events} == {"payer"}


def test_while_waiting_a_receipt_counts_only_if_it_differs(world: World) -> None:
    case = world.case("waiting_on_payer")
    assert world.evidence(case, "receipt", reference_number="SBX-1") == ()
    assert world.evidence(case, "receipt") == ()
    (decided,) = world.evidence(case, "receipt", payer_status_text="In review")
    assert decided.authorization.receipt is not None
    assert (decided.authorization.receipt.reference_number, decided.authorization.state) == ("SBX-1", "waiting_on_payer")


def test_a_request_for_information_while_submitting_is_a_receipt_first(world: World) -> None:
    before = permitted(world)
    received, asked = world.evidence(before, "information_request", message="Send the plan.", document_types=("treatment_plan",))
    assert (received.authorization.state, asked.authorization.state) == ("waiting_on_payer", "requires_input")
    assert (received.authorization.version, asked.authorization.version) == (before.version + 1, before.version + 2)
    assert asked.events[0].sequence == received.events[-1].sequence + 1


def test_a_request_for_documents_goes_to_the_customer(world: World) -> None:
    case = world.case("waiting_on_payer")
    (decided,) = world.evidence(case, "information_request", message="Send the plan.", document_types=("treatment_plan",))
    after = decided.authorization
    assert (after.state, after.receipt) == ("requires_input", case.receipt)
    assert [document.type for document in after.requirements.documents] == ["treatment_plan"]
    assert after.review_snapshot is not None
    assert after.review_snapshot.status == "stale"
    assert told(decided) == [
        "authorization.information_requested",
        "authorization.requirements_changed",
        "authorization.review_snapshot_stale",
        "authorization.status_changed",
        "authorization.next_action_opened",
    ]
    assert decided.events[0].data is not None
    assert decided.events[0].data["documentTypes"] == ["treatment_plan"]


def test_an_attachment_from_before_the_request_does_not_answer_it(world: World) -> None:
    case = world.asked("clinical_notes")
    assert [document.type for document in case.requirements.documents] == ["clinical_notes"]
    assert accepted(world.attach(case, "clinical_notes")).state == "advance"


def test_a_request_without_documents_is_a_question(world: World) -> None:
    case = world.asked()
    assert [question.link_id for question in case.requirements.questions] == ["payer.request1.response"]
    assert accepted(world.patch(case, {"payer.request1.response": "Here it is."})).state == "advance"


@pytest.mark.parametrize("state", ["preparing", "submitting", "waiting_on_payer"])
@pytest.mark.parametrize("kind", VERDICTS)
def test_a_verdict_completes(world: World, kind: EvidenceKind, state: State) -> None:
    before = world.case(state)
    (decided,) = world.evidence(before, kind)
    after = decided.authorization
    assert (after.state, after.outcome) == ("completed", "failed" if kind == "failure" else kind)
    assert (after.completed_at, after.version) == (world.now, before.version + 1)
    assert (after.decision is not None) == (kind in ("approved", "denied", "modified"))
    assert (after.failure is not None) == (kind == "failure")
    assert told(decided)[-1] == "authorization.completed"
    assert decided.events[-1].data is not None
    assert decided.events[-1].data["outcome"] == after.outcome


def test_an_answer_with_a_reference_is_a_receipt_too(world: World) -> None:
    (with_reference,) = world.evidence(permitted(world), "approved", reference_number="SBX-1", authorization_number="PA-1")
    after = with_reference.authorization
    assert after.receipt is not None
    assert after.decision is not None
    assert (after.receipt.reference_number, after.decision.authorization_number) == ("SBX-1", "PA-1")
    assert after.sla is not None
    assert with_reference.schedule == ()
    assert told(with_reference)[:2] == ["authorization.payer_receipt_recorded", "authorization.decision_recorded"]
    (without,) = world.evidence(permitted(world), "approved")
    assert without.authorization.receipt is None


@pytest.mark.parametrize(
    ("kind", "members", "reasons", "modifications"),
    [
        ("denied", {"denial_reasons": ("Not necessary",)}, ("Not necessary",), ()),
        ("denied", {"denial_reason_codes": (ReasonCode(system="s", code="A1", display="Missing"),)}, ("Missing",), ()),
        ("denied", {}, ("The payer gave no reason.",), ()),
        ("modified", {"modifications": ("1 of 2",)}, (), ("1 of 2",)),
        ("modified", {}, (), ("The payer modified the request.",)),
    ],
)
def test_denials_have_reasons_and_modifications_a_text(
    world: World, kind: EvidenceKind, members: dict[str, Any], reasons: tuple[str, ...], modifications: tuple[str, ...]
) -> None:
    (decided,) = world.evidence(world.case("waiting_on_payer"), kind, **members)
    decision = decided.authorization.decision
    assert decision is not None
    assert (decision.denial_reasons, decision.modifications) == (reasons, modifications)


def test_a_failure_says_why(world: World) -> None:
    failure = Failure(code="payer_unreachable", message="Eight attempts failed.")
    (decided,) = world.evidence(permitted(world), "failure", failure=failure)
    assert decided.authorization.failure == failure
    assert told(decided) == ["authorization.status_changed", "authorization.completed"]
    assert {event.actor for event in decided.events} == {"system"}


@pytest.mark.parametrize("state", ["preparing", "submitting"])
def test_what_priorbus_itself_can_not_process_ends_the_case(world: World, state: State) -> None:
    failure = Failure(code="processing_failed", message="Broken.")
    case = world.case("preparing") if state == "preparing" else permitted(world)
    (decided,) = world.evidence(case, "failure", failure=failure)
    after = decided.authorization
    assert (after.state, after.outcome, after.failure, after.receipt) == ("completed", "failed", failure, None)
    broken_off = [] if state == "preparing" else ["authorization.submission_failed"]
    assert told(decided) == [*broken_off, "authorization.status_changed", "authorization.completed"]


def test_the_end_stops_the_clock(world: World) -> None:
    case = world.case("waiting_on_payer")
    (decided,) = world.evidence(case, "approved")
    assert decided.unschedule == (f"{case.id}/sla_due_soon", f"{case.id}/sla_breached")


@pytest.mark.parametrize("kind", VERDICTS)
def test_payer_truth_wins_over_customer_work_in_progress(world: World, kind: EvidenceKind) -> None:
    asked = world.asked("treatment_plan")
    answered = accepted(world.attach(asked, "treatment_plan"))
    for case in (asked, answered):
        (decided,) = world.evidence(case, kind)
        assert (decided.authorization.state, decided.authorization.next_action) == ("completed", None)


def test_the_payer_may_ask_again_while_the_customer_works(world: World) -> None:
    (decided,) = world.evidence(world.asked("treatment_plan"), "information_request", message="Also:", document_types=("other",))
    assert [document.type for document in decided.authorization.requirements.documents] == ["other", "treatment_plan"]
    assert [each.number for each in decided.authorization.payer_requests] == [1, 2]


def test_the_verdict_on_what_the_payer_has_counts_after_a_newer_confirm(world: World) -> None:
    asked = world.asked("treatment_plan")
    assert asked.work is not None
    again = accepted(world.confirm(accepted(world.attach(asked, "treatment_plan"))))
    for case in (again, world.prepare(again).authorization):
        (decided,) = world.evidence(case, "denied", work_item_id=asked.work.id)
        assert decided.authorization.outcome == "denied"
        (noted,) = world.evidence(case, "receipt", work_item_id=asked.work.id)
        assert (noted.authorization.state, told(noted)) == (case.state, ["authorization.worker_result_ignored"])


@pytest.mark.parametrize("state", ["preparing", "submitting", "waiting_on_payer"])
@pytest.mark.parametrize("kind", ["receipt", "information_request", "approved"])
def test_evidence_of_another_work_item_is_noted_only(world: World, kind: EvidenceKind, state: State) -> None:
    before = world.case(state)
    (decided,) = world.evidence(before, kind, work_item_id="work_other")
    assert (decided.authorization.state, decided.authorization.version) == (state, before.version)
    assert told(decided) == ["authorization.worker_result_ignored"]


@pytest.mark.parametrize("state", ["requires_input", "advance", "approve"])
@pytest.mark.parametrize("kind", ["receipt", "information_request", "approved", "failure"])
def test_evidence_before_any_receipt_is_noted_only(world: World, kind: EvidenceKind, state: State) -> None:
    before = world.case(state)
    (decided,) = world.evidence(before, kind)
    assert (decided.authorization.state, decided.authorization.version) == (state, before.version)


@pytest.mark.parametrize("state", ["submitting", "waiting_on_payer", "completed", "canceled"])
def test_the_same_evidence_twice_has_one_effect(world: World, state: State) -> None:
    (decided,) = world.evidence(world.case(state), "approved", evidence_id="evi_1")
    assert world.evidence(decided.authorization, "approved", evidence_id="evi_1") == ()


def test_late_evidence_fills_a_canceled_case_without_reopening_it(world: World) -> None:
    canceled = accepted(world.cancel(permitted(world)))
    (received,) = world.evidence(canceled, "receipt", reference_number="SBX-1")
    after = received.authorization
    assert (after.state, after.version, after.sla) == ("canceled", canceled.version + 1, None)
    assert after.receipt is not None
    assert told(received) == ["authorization.payer_receipt_recorded", "authorization.late_payer_evidence"]
    assert received.events[-1].data is not None
    assert received.events[-1].data["evidenceKind"] == "receipt"
    (decided,) = world.evidence(after, "denied", reference_number="SBX-2")
    assert decided.authorization.decision is not None
    assert (decided.authorization.receipt, decided.authorization.outcome) == (after.receipt, None)
    (again,) = world.evidence(decided.authorization, "approved")
    assert (again.authorization.decision, again.authorization.version) == (decided.authorization.decision, decided.authorization.version)
    assert told(again) == ["authorization.late_payer_evidence"]


@pytest.mark.parametrize("kind", ["receipt", "information_request", *VERDICTS])
def test_late_evidence_leaves_a_completed_case_as_it_is(world: World, kind: EvidenceKind) -> None:
    completed = world.case("completed")
    (decided,) = world.evidence(completed, kind)
    assert told(decided) == ["authorization.late_payer_evidence"]
    unchanged = {"sequence": decided.authorization.sequence, "evidence": decided.authorization.evidence}
    assert decided.authorization == completed.model_copy(update=unchanged)
