from datetime import timedelta

import pytest
from services.requirements.tests.conftest import World, accepted, told

from priorbus.contracts.authorizations import State
from priorbus.contracts.commands.requirements import ExpireReview
from priorbus.requirements.domain.lifecycle import review_expiry
from priorbus.requirements.domain.lifecycle.decision import Decision


def test_an_expired_review_goes_back_to_advance(world: World) -> None:
    before = world.case("approve")
    world.wait(world.terms.review_ttl)
    decided = world.expire(before)
    after = decided.authorization
    assert (after.state, after.version) == ("advance", before.version + 1)
    assert after.review_snapshot is not None
    assert after.review_snapshot.status == "stale"
    assert after.next_action is not None
    assert (after.next_action.type, after.next_action.expires_at) == ("advance_case", None)
    assert told(decided) == [
        "authorization.review_snapshot_stale",
        "authorization.next_action_expired",
        "authorization.next_action_opened",
    ]


def test_a_timer_that_comes_early_is_set_again(world: World) -> None:
    case = world.case("approve")
    world.wait(world.terms.review_ttl - timedelta(seconds=1))
    decided = world.expire(case)
    assert (decided.fact, decided.authorization) == (None, case)
    assert case.review_snapshot is not None
    assert [timer.due for timer in decided.schedule] == [case.review_snapshot.expires_at]


@pytest.mark.parametrize("state", ["requires_input", "advance", "submitting", "completed", "canceled"])
def test_a_timer_that_was_overtaken_changes_nothing(world: World, state: State) -> None:
    case = world.case(state)
    world.wait(world.terms.review_ttl)
    assert world.expire(case) == Decision(case)


def test_the_timer_of_a_former_snapshot_changes_nothing(world: World) -> None:
    first = world.case("approve")
    second = world.prepare(accepted(world.confirm(accepted(world.attach(first, "other"))))).authorization
    world.wait(world.terms.review_ttl)
    assert first.review_snapshot is not None
    command = ExpireReview(authorization_id=second.id, review_snapshot_id=first.review_snapshot.id)
    assert review_expiry.decide(second, command, world.moment) == Decision(second)
