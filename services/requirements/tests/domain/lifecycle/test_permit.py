import pytest
from services.requirements.tests.conftest import World, told

from priorbus.contracts.authorizations import State
from priorbus.contracts.commands.fhir_pas import SendSubmission


def test_a_permit_lets_fhir_pas_send_without_a_new_version(world: World) -> None:
    before = world.case("submitting")
    decided = world.permit(before)
    after = decided.authorization
    assert (after.attempts, after.version, after.updated_at) == (1, before.version, before.updated_at)
    assert before.work is not None
    assert decided.commands == (SendSubmission(authorization=after, work_item_id=before.work.id, attempt=1, channel="sandbox"),)
    assert told(decided) == ["authorization.submission_attempted"]
    assert decided.events[0].data is not None
    assert (decided.events[0].data["attemptNumber"], decided.events[0].data["channel"]) == (1, "sandbox")


def test_asking_again_for_a_granted_attempt_grants_nothing_more(world: World) -> None:
    granted = world.permit(world.case("submitting")).authorization
    again = world.permit(granted, attempt=1)
    assert (again.fact, again.authorization) == (None, granted)
    assert [type(command) for command in again.commands] == [SendSubmission]


@pytest.mark.parametrize("state", ["preparing", "waiting_on_payer", "completed", "canceled"])
def test_nothing_is_sent_for_a_case_that_has_moved_on(world: World, state: State) -> None:
    before = world.case(state)
    decided = world.permit(before)
    assert decided.commands == ()
    assert decided.authorization.attempts == before.attempts
    assert told(decided) == ["authorization.worker_result_ignored"]


def test_nothing_is_sent_after_cancel_in_submitting(world: World) -> None:
    submitting = world.case("submitting")
    canceled = world.cancel(submitting)
    decided = world.permit(canceled.authorization) if hasattr(canceled, "authorization") else None
    assert decided is not None
    assert (decided.commands, decided.authorization.state) == ((), "canceled")


@pytest.mark.parametrize("members", [{"attempt": 3}, {"work_item_id": "work_other"}])
def test_only_the_next_attempt_of_the_current_work_item_is_granted(world: World, members: dict[str, int | str]) -> None:
    decided = world.permit(world.case("submitting"), **members)  # type: ignore[arg-type]
    assert decided.commands == ()
    assert told(decided) == ["authorization.worker_result_ignored"]
