"""One write in the making: the next state of an authorization and what it will tell."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.events import Event
from priorbus.contracts.messages import Command
from priorbus.requirements.domain.lifecycle.decision import Decision, FactType, Timer
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.states import STATUS_B, STATUS_C

Actor = Literal["customer", "system", "payer"]

EVENT_ORDER: Final = {
    event_type: rank
    for rank, event_type in enumerate(
        (
            "authorization.created",
            "authorization.confirmed",
            "authorization.answers_patched",
            "attachment.added",
            "attachment.removed",
            "authorization.submission_attempted",
            "authorization.submission_failed",
            "authorization.payer_receipt_recorded",
            "authorization.decision_recorded",
            "authorization.information_requested",
            "authorization.late_payer_evidence",
            "authorization.requirements_changed",
            "authorization.review_snapshot_stale",
            "authorization.status_changed",
            "authorization.next_action_superseded",
            "authorization.next_action_expired",
            "authorization.review_snapshot_generated",
            "authorization.next_action_opened",
            "authorization.completed",
            "authorization.canceled",
            "authorization.sla_due_soon",
            "authorization.sla_breached",
            "authorization.worker_result_ignored",
        )
    )
}
"""The order of events within one write (Conventions 10.3); ignored worker results are on the timeline only."""

PRIVATE: Final = frozenset({"authorization.worker_result_ignored"})


class Draft:
    """Collects changes, events, commands and timers of one write; `finish` numbers and freezes them.

    `after` is the state so far; `version` is the version that the write will publish.
    """

    def __init__(self, before: Authorization, moment: Moment, actor: Actor, *, new: bool = False) -> None:
        self.before = before
        self.after = before
        self.moment = moment
        self.actor = actor
        self.version = before.version + 1
        self._new = new
        self._notes: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self._commands: list[Callable[[Authorization], Command]] = []
        self._schedule: list[Timer] = []
        self._unschedule: list[str] = []

    def change(self, **members: object) -> None:
        """Set members of the aggregate."""
        self.after = self.after.model_copy(update=members)

    def tell(self, event_type: str, payload: dict[str, Any] | None = None, /, **data: object) -> None:
        """Add an event: `data` is public and holds ids, versions, states and codes only, `payload` is for the timeline."""
        self._notes.append((event_type, data, payload or {}))

    def send(self, build: Callable[[Authorization], Command]) -> None:
        """Send a command to another service; `build` is given the state after this write."""
        self._commands.append(build)

    def schedule(self, *timers: Timer) -> None:
        """Set timers."""
        self._schedule.extend(timers)

    def unschedule(self, *keys: str) -> None:
        """Drop timers."""
        self._unschedule.extend(keys)

    def finish(self, fact: FactType) -> Decision:
        """The decision with the next version."""
        if not self._new and STATUS_B[self.before.state] != STATUS_B[self.after.state]:
            self.tell("authorization.status_changed", **{"from": STATUS_B[self.before.state], "to": STATUS_B[self.after.state]})
        return self._freeze(fact, self.version, self.moment.now)

    def finish_unversioned(self, fact: FactType) -> Decision:
        """The decision of a write that changes no member a client can see: only the timeline grows."""
        return self._freeze(fact, self.before.version, self.before.updated_at)

    def _freeze(self, fact: FactType, version: int, updated_at: datetime) -> Decision:
        self.change(version=version, updated_at=updated_at, sequence=self.before.sequence + len(self._notes))
        after = self.after
        return Decision(
            authorization=after,
            fact=fact.model_construct(authorization=after, events=self._events()),
            commands=tuple(build(after) for build in self._commands),
            schedule=tuple(self._schedule),
            unschedule=tuple(self._unschedule),
        )

    def _events(self) -> tuple[Event, ...]:
        state = self.after.state
        common = {"id": self.after.id, "version": self.after.version, "status": STATUS_B[state], "statusC": STATUS_C[state]}
        return tuple(
            Event.model_construct(
                type=event_type,
                sequence=sequence,
                at=self.moment.now,
                actor=self.actor,
                data=None if event_type in PRIVATE else common | data,
                payload=payload,
            )
            for sequence, (event_type, data, payload) in enumerate(
                sorted(self._notes, key=lambda note: EVENT_ORDER[note[0]]), start=self.before.sequence + 1
            )
        )
