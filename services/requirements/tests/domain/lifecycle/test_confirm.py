from datetime import timedelta
from typing import Any

import pytest
from services.requirements.tests.conftest import World, accepted, told

from priorbus.contracts.commands.fhir_pas import PrepareAuthorization, SubmitAuthorization
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision


def test_confirming_advance_starts_preparation(world: World) -> None:
    before = world.case("advance")
    decided = world.confirm(before)
    assert isinstance(decided, Decision)
    after = decided.authorization
    assert (after.state, after.version, after.next_action) == ("preparing", before.version + 1, None)
    assert after.work is not None
    assert decided.commands == (PrepareAuthorization(authorization=after, work_item_id=after.work.id),)
    assert told(decided) == ["authorization.confirmed", "authorization.status_changed"]
    assert decided.events[0].data == {
        "id": after.id,
        "version": after.version,
        "status": "processing",
        "statusC": "processing",
        "nextActionType": "advance_case",
    }


def test_confirming_the_review_requests_submission_under_a_work_item_of_its_own(world: World) -> None:
    before = world.case("approve")
    decided = world.confirm(before)
    assert isinstance(decided, Decision)
    after = decided.authorization
    assert after.state == "submitting"
    assert after.work is not None
    assert before.work is not None
    assert after.work.id != before.work.id
    assert decided.commands == (SubmitAuthorization(authorization=after, work_item_id=after.work.id),)
    assert decided.unschedule == (f"{after.id}/review",)
    assert after.review_snapshot == before.review_snapshot


@pytest.mark.parametrize(
    ("members", "code"), [({"next_action_id": None}, "next_action_required"), ({"next_action_id": "act_old"}, "next_action_mismatch")]
)
def test_style_b_names_the_open_action(world: World, members: dict[str, Any], code: str) -> None:
    assert world.confirm(world.case("advance"), **members) == Refusal(code=code)


def test_style_c_confirms_advance_without_naming_anything(world: World) -> None:
    assert accepted(world.confirm(world.case("advance"), style="C", next_action_id=None)).state == "preparing"


def test_style_c_accepts_the_snapshot(world: World) -> None:
    case = world.case("approve")
    assert case.review_snapshot is not None
    confirmed = world.confirm(case, style="C", next_action_id=None, accepted_review_snapshot_id=case.review_snapshot.id)
    assert accepted(confirmed).state == "submitting"


def test_style_c_may_not_submit_unseen(world: World) -> None:
    refusal = world.confirm(world.case("approve"), style="C", next_action_id=None)
    assert refusal == Refusal(code="review_stale", details={"reason": "missing"})


def test_an_accepted_snapshot_must_be_the_current_one_in_every_confirmable_state(world: World) -> None:
    review = world.case("approve")
    assert review.review_snapshot is not None
    advance = accepted(world.attach(review, "other"))
    for case, snapshot in ((review, "rev_other"), (advance, review.review_snapshot.id), (world.case("advance"), "rev_any")):
        refusal = world.confirm(case, style="C", accepted_review_snapshot_id=snapshot)
        assert refusal == Refusal(code="review_stale", details={"reason": "stale"})


@pytest.mark.parametrize("style", ["B", "C"])
def test_an_expired_review_can_not_be_confirmed_even_before_the_timer_ran(world: World, style: str) -> None:
    case = world.case("approve")
    assert case.review_snapshot is not None
    world.wait(world.terms.review_ttl)
    refusal = world.confirm(case, style=style, accepted_review_snapshot_id=case.review_snapshot.id)
    assert refusal == Refusal(code="review_stale", details={"reason": "expired"})


def test_a_review_can_be_confirmed_until_it_expires(world: World) -> None:
    case = world.case("approve")
    world.wait(world.terms.review_ttl - timedelta(seconds=1))
    assert accepted(world.confirm(case)).state == "submitting"


@pytest.mark.parametrize("member", ["answers_version", "attachments_version", "version"])
def test_a_snapshot_of_other_versions_is_stale(world: World, member: str) -> None:
    case = world.case("approve")
    drifted = case.model_copy(update={member: getattr(case, member) + 1})
    assert world.confirm(drifted) == Refusal(code="review_stale", details={"reason": "stale"})


def test_blockers_stop_a_confirm_whatever_the_state_says(world: World) -> None:
    blocked = world.case("requires_input").requirements
    case = world.case("advance").model_copy(update={"requirements": blocked})
    assert world.confirm(case) == Refusal(code="requirements_not_satisfied")
