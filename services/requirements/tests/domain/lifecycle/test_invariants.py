"""The invariants of section 4.7 after every step of random command and payer sequences (AUTH-79)."""

from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from services.requirements.tests.conftest import Changes, EvidenceKind, Policy, World, accepted

from priorbus.contracts.authorizations import Authorization, State
from priorbus.contracts.commands.requirements import AnnounceSla, RecordFailedAttempt
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import failed_attempt, sla
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.recomputation import blocks
from priorbus.requirements.domain.lifecycle.snapshots import shows_present
from priorbus.requirements.domain.lifecycle.states import EDITABLE, PROCESSING, TERMINAL

BOOKKEEPING = {"version", "updated_at", "sequence", "work", "submitted_work", "attempts", "evidence", "findings", "payer_requests"}
"""Members that no client sees."""
SECRETS = ("SECRET1", "SECRET2")
CODES = st.sampled_from([None, *SECRETS])
VALUES: dict[str, list[str | bool | None]] = {
    "diagnoses.0.code": [None, *SECRETS],
    "diagnoses.1.code": [None, *SECRETS],
    "q.prior": [True, False, None],
    "q.priorDate": ["2025-12-01", "2025-12-02", None],
    "request.isUrgent": [True, False],
    "payer.request1.response": [None, *SECRETS],
    "payer.request2.response": [None, *SECRETS],
    "nope": ["x"],
}
CHANGE = st.sampled_from([(link_id, value) for link_id, values in VALUES.items() for value in values])
CHANGES = st.lists(CHANGE, min_size=1, max_size=2).map(dict)
TYPES = st.sampled_from([("clinical_notes", "imaging_report"), ("treatment_plan",), ("other",), ("nonsense",)])
ASKED = st.sampled_from([(), ("treatment_plan",), ("other",)])
VERDICTS = st.sampled_from(["approved", "denied", "modified", "not_required", "failure"])
SELDOM = st.integers(0, 9).map(lambda number: number == 0)
WORK = st.sampled_from([None, None, None, "submitted", "work_other"])
STALE = st.sampled_from([{}, {}, {}, {"expected_version": 0}])


def shown(case: Authorization) -> Authorization:
    """The case without its bookkeeping."""
    return case.model_copy(update=dict.fromkeys(BOOKKEEPING))


class Life(RuleBasedStateMachine):
    """One case under random commands, payer steps and timers, driven through the real decisions."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.expired: set[str] = set()
        self.actions: set[str] = set()
        self.case: Authorization

    @initialize(state=st.sampled_from([None, *get_args(State)]), policy=st.sampled_from(["automatic", "approval"]))
    def open(self, state: State | None, policy: Policy) -> None:
        """Begin empty or somewhere on the usual way, so that short lives see the late states too."""
        self.case = self.world.case(state, policy if state != "approve" else None) if state else accepted(self.world.create(policy))
        self.remember_action()

    @rule(changes=CHANGES, members=STALE)
    def patch(self, changes: Changes, members: dict[str, Any]) -> None:
        self.command(self.world.patch(self.case, changes, **members), edit=True)

    @rule(types=TYPES, members=STALE)
    def attach(self, types: tuple[str, ...], members: dict[str, Any]) -> None:
        self.command(self.world.attach(self.case, *types, **members), edit=True)

    @rule(first=SELDOM)
    def remove(self, first: bool) -> None:
        known = [attachment.id for attachment in self.case.attachments]
        self.command(self.world.remove(self.case, known[0] if first and known else "att_none"), edit=True)

    @rule(
        members=st.sampled_from(
            [
                {},
                {},
                {"style": "C"},
                {"style": "C", "accepted_review_snapshot_id": "present"},
                {"next_action_id": "act_old"},
                {"expected_version": 0},
            ]
        )
    )
    def confirm(self, members: dict[str, Any]) -> None:
        snapshot = self.case.review_snapshot
        if "accepted_review_snapshot_id" in members:
            members = members | {"accepted_review_snapshot_id": snapshot.id if snapshot else "rev_none"}
        self.command(self.world.confirm(self.case, **members))

    @rule(now=SELDOM)
    def cancel(self, now: bool) -> None:
        if now:
            self.command(self.world.cancel(self.case))

    @rule(found=st.sampled_from([(), (), ("treatment_plan",), ("clinical_notes",)]), work=WORK)
    def prepare(self, found: tuple[str, ...], work: str | None) -> None:
        self.take(self.world.prepare(self.case, *found, work_item_id=self.work(work)))

    @rule(attempt=st.sampled_from([None, None, 1, 5]), work=WORK)
    def permit(self, attempt: int | None, work: str | None) -> None:
        decision = self.world.permit(self.case, attempt=attempt, work_item_id=self.work(work))
        assert not decision.commands or self.case.state == "submitting"
        self.take(decision)

    @precondition(lambda self: self.case.work is not None)
    @rule(attempt=st.integers(1, 3))
    def fail(self, attempt: int) -> None:
        assert self.case.work is not None
        command = RecordFailedAttempt(
            authorization_id=self.case.id, work_item_id=self.case.work.id, attempt=attempt, failure_code="payer_unreachable"
        )
        self.take(failed_attempt.decide(self.case, command, self.world.moment))

    @rule(kind=st.sampled_from(["receipt", "information_request"]), work=WORK, evidence_id=st.sampled_from([None, "evi_1"]), types=ASKED)
    def hear(self, kind: EvidenceKind, work: str | None, evidence_id: str | None, types: tuple[str, ...]) -> None:
        self.learn(kind, work_item_id=self.work(work), evidence_id=evidence_id, document_types=types)

    @rule(kind=VERDICTS, work=WORK, reference=st.sampled_from([None, "SBX-1"]), now=SELDOM)
    def judge(self, kind: EvidenceKind, work: str | None, reference: str | None, now: bool) -> None:
        if now or self.case.state in TERMINAL:
            self.learn(kind, work_item_id=self.work(work), reference_number=reference)

    def learn(self, kind: EvidenceKind, **members: Any) -> None:
        for decision in self.world.evidence(self.case, kind, **members):
            self.take(decision)

    @rule(days=st.sampled_from([1, 8]))
    def expire(self, days: int) -> None:
        self.world.wait(timedelta(days=days))
        before = self.case
        self.take(self.world.expire(before))
        if before.state == "approve" and self.case.state == "advance" and before.review_snapshot is not None:
            self.expired.add(before.review_snapshot.id)

    @rule(milestone=st.sampled_from(["due_soon", "breached"]))
    def announce(self, milestone: Any) -> None:
        command = AnnounceSla(authorization_id=self.case.id, milestone=milestone)
        self.take(sla.decide(self.case, command, self.world.moment))

    def work(self, which: str | None) -> str | None:
        return self.case.submitted_work if which == "submitted" else which

    def command(self, decided: Decision | Refusal, *, edit: bool = False) -> None:
        if isinstance(decided, Refusal):
            return
        assert self.case.state not in TERMINAL, "terminal states refuse every command"
        if edit:
            assert decided.authorization.state not in PROCESSING, "answer and attachment writes never lead to processing"
        self.take(decided)

    def take(self, decided: Decision) -> None:
        before, after = self.case, decided.authorization
        if decided.fact is None:
            assert after is before
            return
        assert decided.fact.authorization is after
        assert decided.events
        assert [event.sequence for event in decided.events] == list(range(before.sequence + 1, after.sequence + 1))
        assert after.version == before.version + (shown(before) != shown(after)), "the version grows with every visible change only"
        if before.state in TERMINAL:
            assert after.state == before.state
            assert (after.outcome, after.completed_at, after.canceled_at) == (before.outcome, before.completed_at, before.canceled_at)
        text = repr(decided.events)
        assert not any(secret in text for secret in SECRETS), "no answer value on the timeline"
        self.case = after
        if after.next_action != before.next_action:
            self.remember_action()

    def remember_action(self) -> None:
        if self.case.next_action is not None:
            assert self.case.next_action.id not in self.actions, "action ids are never reused"
            self.actions.add(self.case.next_action.id)

    @invariant()
    def an_action_is_open_exactly_in_the_states_of_the_customer(self) -> None:
        assert (self.case.next_action is not None) == (self.case.state in EDITABLE)

    @invariant()
    def outcome_and_ends_fit_the_state(self) -> None:
        assert (self.case.outcome is not None) == (self.case.state == "completed")
        assert (self.case.completed_at is not None) == (self.case.state == "completed")
        assert (self.case.canceled_at is not None) == (self.case.state == "canceled")

    @invariant()
    def waiting_means_that_the_payer_has_it(self) -> None:
        assert self.case.state != "waiting_on_payer" or self.case.receipt is not None

    @invariant()
    def blockers_fit_the_state(self) -> None:
        if self.case.state in EDITABLE:
            assert blocks(self.case.requirements) == (self.case.state == "requires_input")

    @invariant()
    def a_snapshot_is_current_exactly_while_it_shows_the_case(self) -> None:
        snapshot = self.case.review_snapshot
        if snapshot is not None:
            assert (snapshot.status == "current") == (shows_present(self.case, snapshot) and snapshot.id not in self.expired)

    @invariant()
    def what_is_approved_is_what_is_shown(self) -> None:
        if self.case.state == "approve":
            assert self.case.review_snapshot is not None
            assert self.case.review_snapshot.covers.authorization_version == self.case.version


def live(examples: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=examples, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)),
    )


def test_auth_79_invariants_hold_over_random_lives() -> None:
    """AUTH-79, a part of it at every run"""
    live(200)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_auth_79_invariants_hold_over_ten_thousand_lives() -> None:
    """AUTH-79"""
    live(10_000)
