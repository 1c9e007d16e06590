"""The life of a Subscription: states, what is due next, and what an attempt changes (fhir-pas.md 14.2 and 14.3)."""

from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from priorbus.contracts.commands.fhir_subscriptions import NotificationKind
from priorbus.fhir_pas.domain.subscriptions.wanted import Channel

Status = Literal["requested", "active", "error", "off"]
FIRST_HANDSHAKE: Final = timedelta(seconds=1)
"""The handshake follows the answer to the request."""


class SubscriptionState(BaseModel):
    """What the service knows of a Subscription beside the resource.

    `events` is the number of the last event, `following` that of the first one not delivered yet, `resend` are numbers to send once
    more. `failures`, `tried_since` and `retry_at` are about the present attempt only; `due` is when there is something to do, None
    for never. `generation` grows whenever the receiver is set anew, so that an attempt on its way to the old one counts no more.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    client: str
    base: str
    status: Status
    channel: Channel
    filters: tuple[tuple[str, ...], ...]
    end: datetime | None = None
    generation: int = 1
    events: int = 0
    following: int = 1
    resend: tuple[int, ...] = ()
    failures: int = 0
    tried_since: datetime | None = None
    retry_at: datetime | None = None
    sent_at: datetime | None = None
    due: datetime | None = None
    created_at: datetime


class Task(NamedTuple):
    """What to send now. The event to send is the first that is left from `number` on."""

    kind: NotificationKind
    number: int = 0


def counts(state: SubscriptionState) -> bool:
    """Whether matching events get a number: also while they can not be delivered."""
    return state.status != "off"


def requested(state: SubscriptionState, now: datetime) -> SubscriptionState:
    """The receiver must answer a handshake (again)."""
    first = now + FIRST_HANDSHAKE
    changed = {"status": "requested", "generation": state.generation + 1, "failures": 0, "tried_since": first, "retry_at": first}
    return _timed(state.model_copy(update=changed), now)


def kept(state: SubscriptionState, now: datetime) -> SubscriptionState:
    """It goes on as it was, with another end or heartbeat."""
    return _timed(state, now)


def switched_off(state: SubscriptionState) -> SubscriptionState:
    """Nothing is due any more."""
    return state.model_copy(update={"status": "off", "generation": state.generation + 1, "resend": (), "due": None})


def matched(state: SubscriptionState, now: datetime) -> SubscriptionState:
    """One more event; its number is `events`."""
    return _timed(state.model_copy(update={"events": state.events + 1}), now)


def wanted_again(state: SubscriptionState, number: int, now: datetime) -> SubscriptionState:
    """Send an event once more; one that waits for its first delivery needs nothing."""
    if number >= state.following or number in state.resend:
        return state
    return _timed(state.model_copy(update={"resend": (*state.resend, number)}), now)


def task(state: SubscriptionState, now: datetime) -> Task | None:
    """What is due now."""
    if state.due is None or state.due > now:
        return None
    if state.end is not None and state.end <= now:
        return Task("end")
    if state.status == "requested":
        return Task("handshake")
    if _has_events(state):
        return Task("event", state.resend[0] if state.resend else state.following)
    return Task("heartbeat")


def succeeded(state: SubscriptionState, done: Task, now: datetime) -> SubscriptionState:
    """The receiver took it; or there was no event to send any more, up to the number."""
    changed: dict[str, object] = {"failures": 0, "tried_since": None, "retry_at": None, "sent_at": now}
    if done.kind == "handshake":
        changed["status"] = "active"
    elif done.kind == "event" and state.resend:
        changed["resend"] = state.resend[1:]
    elif done.kind == "event":
        changed["following"] = done.number + 1
    return _timed(state.model_copy(update=changed), now)


def failed(state: SubscriptionState, now: datetime, wait: timedelta | None) -> SubscriptionState:
    """The receiver did not take it: try again after the wait, or give up when that is None."""
    since = state.tried_since or now
    if wait is None:
        changed = {"status": "error", "failures": 0, "tried_since": None, "retry_at": None}
        return _timed(state.model_copy(update=changed), now)
    changed = {"failures": state.failures + 1, "tried_since": since, "retry_at": now + wait}
    return _timed(state.model_copy(update=changed), now)


def missed_heartbeat(state: SubscriptionState, now: datetime) -> SubscriptionState:
    """A heartbeat is not repeated: the next one tells as much."""
    return _timed(state.model_copy(update={"sent_at": now}), now)


def _has_events(state: SubscriptionState) -> bool:
    return bool(state.resend) or state.following <= state.events


def _timed(state: SubscriptionState, now: datetime) -> SubscriptionState:
    """With `due` as everything else has it."""
    moments = [moment for moment in (_next_send(state, now), state.end) if moment is not None]
    return state.model_copy(update={"due": min(moments, default=None)})


def _next_send(state: SubscriptionState, now: datetime) -> datetime | None:
    if state.status == "requested":
        return state.retry_at or now
    if state.status != "active":
        return None
    if _has_events(state):
        return state.retry_at or now
    beat = state.channel.heartbeat_seconds
    return None if beat is None else (state.sent_at or now) + timedelta(seconds=beat)
