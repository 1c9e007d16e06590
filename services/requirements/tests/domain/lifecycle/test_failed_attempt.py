import pytest
from services.requirements.tests.conftest import World, accepted, told

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import RecordFailedAttempt
from priorbus.requirements.domain.lifecycle import failed_attempt
from priorbus.requirements.domain.lifecycle.decision import Decision


def fail(world: World, case: Authorization, attempt: int) -> Decision:
    work = case.work.id if case.work else ""
    command = RecordFailedAttempt(
        authorization_id=case.id, work_item_id=work, attempt=attempt, failure_code="payer_unreachable", channel="sandbox"
    )
    return failed_attempt.decide(case, command, world.moment)


def test_a_failed_attempt_is_told_and_the_next_one_may_follow(world: World) -> None:
    granted = world.permit(world.case("submitting")).authorization
    decided = fail(world, granted, 1)
    assert told(decided) == ["authorization.submission_failed"]
    assert decided.events[0].data is not None
    expected = {"attemptNumber": 1, "channel": "sandbox", "failureCode": "payer_unreachable"}
    assert decided.events[0].data.items() >= expected.items()
    assert decided.authorization.version == granted.version
    assert world.permit(decided.authorization).authorization.attempts == 2


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_failure_nobody_permitted_is_noted_only(world: World, attempt: int) -> None:
    granted = world.permit(world.case("submitting")).authorization
    failed = fail(world, granted, 1).authorization
    assert told(fail(world, failed, attempt)) == ["authorization.worker_result_ignored"]


def test_a_failure_after_cancel_is_noted_only(world: World) -> None:
    granted = world.permit(world.case("submitting")).authorization
    canceled = accepted(world.cancel(granted))
    decided = fail(world, canceled, 1)
    assert (decided.authorization.state, told(decided)) == ("canceled", ["authorization.worker_result_ignored"])
