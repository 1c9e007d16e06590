"""Finds what Subscriptions wait for, sends it, and has the outcome recorded (fhir-pas.md 14.3)."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from prometheus_client import Histogram

from priorbus.contracts.commands.fhir_subscriptions import RecordNotification
from priorbus.fhir_pas.domain.bases import BASES
from priorbus.fhir_pas.domain.fhir_json import dump
from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent
from priorbus.fhir_pas.domain.subscriptions.notification import Kind, Told, history
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState, Task, task
from priorbus.fhir_pas.handlers.event_responses import response_of
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools
from priorbus.fhir_pas.handlers.tools import tenant_terms
from priorbus.fhir_pas.ports import Notification
from priorbus.runtime.clock import Clock
from priorbus.runtime.deliveries import Due, InHand
from priorbus.runtime.work import Reader

log = structlog.get_logger()
LAG = Histogram(
    "priorbus_fhir_notification_lag_seconds", "From the change to its delivery", buckets=(0.5, 1, 2, 5, 10, 60, 600, 3600, 86400)
)
DELIVERED_FOR: Final = timedelta(days=7)
"""Older events are left out once a Subscription is active again."""
Record = Callable[[RecordNotification, str], Awaitable[None]]
"""Carries the command out for a tenant. Raises StoreUnavailable."""
_KINDS: dict[str, Kind] = {"handshake": "handshake", "heartbeat": "heartbeat", "event": "event-notification"}


@dataclass(frozen=True, slots=True)
class Notifier:
    """What the dispatcher works with: one thing at a time per Subscription, so that events arrive in the order of their numbers."""

    tools: SubscriptionTools
    reader: Reader
    record: Record
    clock: Clock

    async def find(self, in_hand: InHand, limit: int) -> Sequence[Due[SubscriptionState]]:
        """Subscriptions with something to do. Raises StoreUnavailable."""
        without = [(tenant, id_) for tenant, _, id_ in (key.partition("/") for key in in_hand.keys)]
        found = await self.tools.index.due(self.clock(), without, limit)
        return [Due(key, key, state) for state in found for key in (f"{state.tenant}/{state.id}",)]

    async def deliver(self, state: SubscriptionState) -> None:
        """Do what is due now. Dying before the record means doing it again, under the same number."""
        due = task(state, self.clock())
        if due is None:
            return
        told: tuple[Told, ...] = ()
        if due.kind == "event":
            event = await self._event(state, due)
            if event is None:
                await self._recorded(state, Task("event", due.number if state.resend else state.events), delivered=True)
                return
            told, due = (await self._told(event, state),), Task("event", event.number)
        delivered = due.kind == "end" or await self._sent(state, due, told)
        await self._recorded(state, due, delivered=delivered)

    async def _event(self, state: SubscriptionState, due: Task) -> SubscriptionEvent | None:
        """The first one left."""
        last = due.number if state.resend else state.events
        found = await self.tools.index.events(state.tenant, state.id, due.number, last, self.clock() - DELIVERED_FOR, 1)
        return found[0] if found else None

    async def _told(self, event: SubscriptionEvent, state: SubscriptionState) -> Told:
        if state.channel.content != "full-resource":
            return Told(event, None)
        return Told(event, await response_of(event, BASES[state.base], state.tenant, self.reader, self.tools.tools))

    async def _sent(self, state: SubscriptionState, due: Task, told: Sequence[Told]) -> bool:
        now = self.clock()
        channel = state.channel
        bundle = history(state, _KINDS[due.kind], told, channel.content, self.tools.public_base, now)
        notification = Notification(
            endpoint=channel.endpoint,
            content_type=channel.payload,
            header=tuple(map(self.tools.sealer.open, channel.header)),
            body=dump(bundle),
            timeout_seconds=channel.timeout_seconds,
            exempt=(await tenant_terms(state.tenant, self.reader, self.tools.tools.terms)).exempt_hosts,
        )
        outcome = await self.tools.receivers.post(notification)
        waited = (now - told[0].event.at).total_seconds() if told else 0.0
        if told and outcome == "delivered":
            LAG.observe(waited)
        log.info(
            "notification sent",
            tenant=state.tenant,
            subject=state.id,
            kind=due.kind,
            position=due.number,
            attempt=state.failures + 1,
            outcome=outcome,
            lag_seconds=round(waited, 3),
        )
        return outcome == "delivered"

    async def _recorded(self, state: SubscriptionState, done: Task, *, delivered: bool) -> None:
        command = RecordNotification(
            subscription_id=state.id,
            generation=state.generation,
            failures=state.failures,
            kind=done.kind,
            number=done.number,
            delivered=delivered,
            chance=random.random(),  # noqa: S311 - not a secret
        )
        await self.record(command, state.tenant)
