import pytest
from services.requirements.tests.conftest import World, told

from priorbus.contracts.authorizations import State
from priorbus.requirements.domain.lifecycle.decision import Decision

OPEN: tuple[State, ...] = ("requires_input", "advance", "approve", "preparing", "submitting", "waiting_on_payer")


@pytest.mark.parametrize("state", OPEN)
def test_cancel_is_local_and_keeps_what_the_payer_said(world: World, state: State) -> None:
    before = world.case(state)
    decided = world.cancel(before, reason="no longer needed")
    assert isinstance(decided, Decision)
    after = decided.authorization
    assert (after.state, after.version, after.next_action, after.outcome) == ("canceled", before.version + 1, None, None)
    assert after.canceled_at == world.now
    assert (after.receipt, after.decision, decided.commands) == (before.receipt, before.decision, ())
    assert told(decided) == ["authorization.status_changed", "authorization.canceled"]
    assert decided.events[-1].payload == {"reason": "no longer needed"}
    assert decided.events[-1].data is not None
    assert "reason" not in decided.events[-1].data


def test_cancel_stops_the_timers(world: World) -> None:
    review, waiting = world.case("approve"), world.case("waiting_on_payer")
    for case, keys in ((review, ("review",)), (waiting, ("sla_due_soon", "sla_breached"))):
        decided = world.cancel(case)
        assert isinstance(decided, Decision)
        assert decided.unschedule == tuple(f"{case.id}/{key}" for key in keys)
