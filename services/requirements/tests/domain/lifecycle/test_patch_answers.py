import pytest
from services.requirements.tests.conftest import World, accepted, request, told

from priorbus.contracts.authorizations import State
from priorbus.contracts.commands.requirements import PatchAnswers
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import patch_answers
from priorbus.requirements.domain.lifecycle.decision import Decision


def test_answers_are_merged_and_the_action_is_issued_anew(world: World) -> None:
    before = world.case("requires_input")
    decided = world.patch(before, {"q.prior": True})
    assert isinstance(decided, Decision)
    after = decided.authorization
    assert after.answers["q.prior"] == (True,)
    assert (after.version, after.answers_version, after.requirements.version) == (before.version + 1, 2, before.requirements.version + 1)
    assert [question.link_id for question in after.requirements.questions] == ["q.priorDate"]
    assert before.next_action is not None
    assert after.next_action is not None
    assert after.next_action.id != before.next_action.id
    assert (after.next_action.authorization_version, after.next_action.requirements_version) == (after.version, after.requirements.version)
    assert told(decided) == [
        "authorization.answers_patched",
        "authorization.requirements_changed",
        "authorization.next_action_superseded",
        "authorization.next_action_opened",
    ]
    changed, requirements, superseded, opened = decided.events
    common = {"id": after.id, "version": after.version, "status": "requires_input", "statusC": "requires_action"}
    assert changed.data == common | {"changedCount": 1, "clearedCount": 0}
    assert requirements.data == common | {"requirementsVersion": 2, "questions": 1, "documents": 2, "issues": 0}
    assert superseded.data == common | {"nextActionId": before.next_action.id, "type": "provide_requirements"}
    assert opened.data == common | {"nextActionId": after.next_action.id, "type": "provide_requirements"}


def test_sequence_numbers_go_on_without_gap(world: World) -> None:
    before = world.case("requires_input")
    decided = world.patch(before, {"q.prior": True})
    assert isinstance(decided, Decision)
    numbers = [event.sequence for event in decided.events]
    assert numbers == list(range(before.sequence + 1, before.sequence + 1 + len(numbers)))
    assert decided.authorization.sequence == numbers[-1]


def test_answers_of_deactivated_items_go_and_the_timeline_names_them(world: World) -> None:
    case = accepted(world.patch(world.case("requires_input"), {"q.prior": True, "q.priorDate": "2025-12-01"}))
    decided = world.patch(case, {"q.prior": False})
    assert isinstance(decided, Decision)
    assert "q.priorDate" not in decided.authorization.answers
    patched = decided.events[0]
    assert patched.payload == {"changedLinkIds": ["q.prior"], "clearedLinkIds": ["q.priorDate"]}
    assert patched.data is not None
    assert (patched.data["changedCount"], patched.data["clearedCount"]) == (1, 1)


@pytest.mark.parametrize("state", ["requires_input", "advance", "approve"])
def test_a_patch_that_changes_nothing_is_no_write(world: World, state: State) -> None:
    case = world.case(state)
    decided = world.patch(case, {"q.prior": False})
    assert decided == Decision(case)


def test_the_last_blocker_gone_means_advance_and_a_new_one_requires_input(world: World) -> None:
    case = accepted(world.patch(world.case("advance"), {"diagnoses.0.code": None}))
    assert case.state == "requires_input"
    decided = world.patch(case, {"diagnoses.0.code": "G43.909"})
    assert isinstance(decided, Decision)
    assert decided.authorization.state == "advance"
    assert decided.authorization.next_action is not None
    assert decided.authorization.next_action.type == "advance_case"
    status = next(event for event in decided.events if event.type == "authorization.status_changed")
    assert status.data is not None
    assert (status.data["from"], status.data["to"]) == ("requires_input", "requires_confirmation")


@pytest.mark.parametrize(("code", "state"), [("R51", "advance"), (None, "requires_input")])
def test_a_change_in_review_discards_the_preparation(world: World, code: str | None, state: State) -> None:
    case = world.case("approve")
    decided = world.patch(case, {"diagnoses.0.code": code})
    assert isinstance(decided, Decision)
    after = decided.authorization
    assert after.state == state
    assert after.review_snapshot is not None
    assert after.review_snapshot.status == "stale"
    assert "authorization.review_snapshot_stale" in told(decided)
    assert decided.unschedule == (f"{case.id}/review",)


def test_an_invalid_answer_applies_nothing(world: World) -> None:
    refusal = world.patch(world.case("requires_input"), {"nope": "x", "q.prior": True})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, [issue.field for issue in refusal.issues]) == ("invalid_answer", ["nope"])


def test_a_patch_without_answers_is_refused(world: World) -> None:
    case = world.case("requires_input")
    refusal = patch_answers.decide(case, PatchAnswers(**request(case, {})), world.compiled, world.moment)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "bad_request"
