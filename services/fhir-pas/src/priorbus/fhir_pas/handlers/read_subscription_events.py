"""`$events` of a Subscription: subscriptions backport 1.1.0, OperationDefinition backport-subscription-events (fhir-pas.md 14.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from priorbus.contracts.commands.fhir_subscriptions import ReadSubscriptionEvents
from priorbus.fhir_pas.domain.bases import BASES
from priorbus.fhir_pas.domain.fhir_json import Resource, dump
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent
from priorbus.fhir_pas.domain.subscriptions.notification import Told, history
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.domain.subscriptions.vocabulary import LEVELS, Content
from priorbus.fhir_pas.handlers.event_responses import response_of
from priorbus.fhir_pas.handlers.fhir_replies import answered, refused
from priorbus.fhir_pas.handlers.read_resource import DELETED, NOT_THERE
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools, own
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_STATES
from priorbus.runtime.handling import Context, Result

_SHOWN_FOR: Final = timedelta(days=30)
_MOST, _MOST_BYTES = 100, 4 * 1024 * 1024
_CONTENT = Issue("", "error", "value", "Unknown content level", "expected empty, id-only or full-resource", "")


@dataclass(frozen=True, slots=True)
class ReadSubscriptionEventsHandler:
    """As many events as fit into one answer; who wants more asks from the number after the last one."""

    tools: SubscriptionTools

    async def handle(self, query: ReadSubscriptionEvents, context: Context) -> Result:
        known = await own(context, query.subscription_id)
        state = await context.work.get(SUBSCRIPTION_STATES, context.tenant, query.subscription_id)
        if known is None:
            return refused(404, (NOT_THERE,), self.tools.public_base)
        if known.deleted or state is None:
            return refused(410, (DELETED,), self.tools.public_base)
        content = _level(query.content, state.channel.content)
        if content is None:
            return refused(400, (_CONTENT,), self.tools.public_base)
        since = context.now - _SHOWN_FOR
        found = await self.tools.index.events(context.tenant, state.id, query.since or 1, query.until, since, _MOST)
        told = await self._told(found, content, state, context)
        return answered(200, history(state, "query-event", told, content, self.tools.public_base, context.now))

    async def _told(
        self, events: Sequence[SubscriptionEvent], content: Content, state: SubscriptionState, context: Context
    ) -> Sequence[Told]:
        told: list[Told] = []
        size = 0
        for event in events:
            response: Resource | None = None
            if content == "full-resource":
                response = await response_of(event, BASES[state.base], context.tenant, context.work, self.tools.tools)
                size += len(dump(response))
            if told and size > _MOST_BYTES:
                break
            told.append(Told(event, response))
        return told


def _level(asked: str | None, granted: Content) -> Content | None:
    """What the caller wants to see, but not more than the Subscription shows; None for an unknown level."""
    if asked is None:
        return granted
    wanted = next((level for level in LEVELS if level == asked), None)
    return None if wanted is None else min(wanted, granted, key=LEVELS.index)
