"""What became of an attempt to notify a receiver: the next state of the Subscription (fhir-pas.md 14.2, 14.3)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from prometheus_client import Counter

from priorbus.contracts.commands.fhir_subscriptions import RecordNotification
from priorbus.contracts.facts.fhir_pas import ClaimFact, SubscriptionActivated, SubscriptionEnded, SubscriptionFailed
from priorbus.fhir_pas.domain.subscriptions import state as states
from priorbus.fhir_pas.domain.subscriptions.state import Status, SubscriptionState, Task
from priorbus.fhir_pas.handlers.subscription_tools import put_status
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_STATES
from priorbus.runtime.deliveries import Retries
from priorbus.runtime.handling import Context, Result


def _seconds(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=number) for number in numbers)


EVENTS: Final = Retries(
    _seconds(2, 5, 10, 20, 30, 60, 120, 300, 600, 1800), every=timedelta(hours=1), within=timedelta(hours=24), jitter=0.2
)
GIVEN_UP = Counter("priorbus_fhir_notifications_given_up", "Handshakes and events that were given up", ("kind",))
_FACTS: dict[Status, type[ClaimFact]] = {"active": SubscriptionActivated, "error": SubscriptionFailed, "off": SubscriptionEnded}
_GIVEN_UP = {
    "handshake": "The receiver did not answer the handshake with success.",
    "event": "The receiver did not take a notification in time.",
}


@dataclass(frozen=True, slots=True)
class RecordNotificationHandler:
    """`handshake_patience` is how long a receiver may take to answer a handshake."""

    handshake_patience: timedelta

    async def handle(self, command: RecordNotification, context: Context) -> Result:
        """Nothing, where the Subscription has moved on since the attempt."""
        state = await context.work.get(SUBSCRIPTION_STATES, context.tenant, command.subscription_id)
        if state is None or not _is_about(command, state, context):
            return None
        after = self._after(state, command, context)
        context.work.put(SUBSCRIPTION_STATES, context.tenant, after)
        if after.status != state.status:
            error = _GIVEN_UP.get(command.kind) if after.status == "error" else None
            if error is not None:
                GIVEN_UP.labels(command.kind).inc()
            version = await put_status(context, after.id, after.status, error)
            fact = _FACTS[after.status]
            context.work.publish(fact(subject_id=after.id, version=version.version_id if version else 0, events=()))
        return None

    def _after(self, state: SubscriptionState, command: RecordNotification, context: Context) -> SubscriptionState:
        if command.kind == "end":
            return states.switched_off(state)
        if command.delivered:
            return states.succeeded(state, Task(command.kind, command.number), context.now)
        if command.kind == "heartbeat":
            return states.missed_heartbeat(state, context.now)
        elapsed = context.now - (state.tried_since or context.now)
        retries = self._handshakes() if command.kind == "handshake" else EVENTS
        return states.failed(state, context.now, retries.wait(state.failures + 1, elapsed, command.chance))

    def _handshakes(self) -> Retries:
        return Retries(_seconds(1, 3, 10, 30, 60), every=timedelta(seconds=60), within=self.handshake_patience)


def _is_about(command: RecordNotification, state: SubscriptionState, context: Context) -> bool:
    """Whether the attempt was the one that is due now: not when somebody else recorded it, or the receiver was set anew."""
    due = states.task(state, context.now)
    if due is None or due.kind != command.kind or (state.generation, state.failures) != (command.generation, command.failures):
        return False
    if command.kind != "event":
        return True
    return command.number == due.number if state.resend else command.number >= due.number
