from datetime import timedelta
from typing import Literal

import pytest
from services.requirements.tests.conftest import FULL, World, accepted, told

from priorbus.contracts.authorizations import Authorization, State
from priorbus.contracts.commands.requirements import AnnounceSla
from priorbus.requirements.domain.lifecycle import sla
from priorbus.requirements.domain.lifecycle.decision import Decision

Milestone = Literal["due_soon", "breached"]


def announce(world: World, case: Authorization, milestone: Milestone) -> Decision:
    return sla.decide(case, AnnounceSla(authorization_id=case.id, milestone=milestone), world.moment)


@pytest.mark.parametrize(
    ("urgent", "kind", "allowed", "notice"),
    [(False, "standard", timedelta(days=7), timedelta(hours=24)), (True, "expedited", timedelta(hours=72), timedelta(hours=12))],
)
def test_the_first_receipt_starts_the_clock(world: World, urgent: bool, kind: str, allowed: timedelta, notice: timedelta) -> None:
    case = accepted(world.attach(accepted(world.create(changes=FULL | {"request.isUrgent": urgent}))))
    case = world.permit(world.prepare(accepted(world.confirm(case))).authorization).authorization
    (decided,) = world.evidence(case, "receipt")
    started = decided.authorization.sla
    assert started is not None
    assert (started.kind, started.due_at - started.started_at) == (kind, allowed)
    assert [(timer.key, timer.due) for timer in decided.schedule] == [
        (f"{case.id}/sla_due_soon", started.due_at - notice),
        (f"{case.id}/sla_breached", started.due_at),
    ]


def test_a_later_receipt_leaves_the_clock(world: World) -> None:
    case = world.case("waiting_on_payer")
    world.wait(timedelta(hours=1))
    (decided,) = world.evidence(case, "receipt", reference_number="SBX-2")
    assert (decided.authorization.sla, decided.schedule) == (case.sla, ())


@pytest.mark.parametrize("milestone", ["due_soon", "breached"])
def test_a_milestone_is_announced_without_a_new_version(world: World, milestone: Milestone) -> None:
    case = world.case("waiting_on_payer")
    decided = announce(world, case, milestone)
    assert told(decided) == [f"authorization.sla_{milestone}"]
    assert decided.authorization.version == case.version
    assert decided.events[0].data is not None
    assert decided.events[0].data["dueAt"] == "2026-01-12T09:00:00.005Z"


def test_a_request_for_information_does_not_stop_the_clock(world: World) -> None:
    asked = world.asked("treatment_plan")
    assert told(announce(world, asked, "due_soon")) == ["authorization.sla_due_soon"]


@pytest.mark.parametrize("state", ["requires_input", "completed", "canceled"])
def test_nothing_is_announced_without_clock_or_after_the_end(world: World, state: State) -> None:
    case = world.case(state)
    assert announce(world, case, "breached") == Decision(case)
