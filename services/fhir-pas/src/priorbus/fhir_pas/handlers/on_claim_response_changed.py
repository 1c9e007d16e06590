"""A later version of a ClaimResponse was persisted: matching Subscriptions get an event (fhir-pas.md 14.3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from priorbus.contracts.facts.fhir_pas import ClaimResponseChanged
from priorbus.fhir_pas.domain.subscriptions.events import ResponseChange, SubscriptionEvent, matches, version_key
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState, counts
from priorbus.fhir_pas.domain.subscriptions.state import matched as with_event
from priorbus.fhir_pas.ports import SubscriptionIndex
from priorbus.fhir_pas.subscription_collections import RESPONSE_CHANGES, SUBSCRIPTION_EVENTS, SUBSCRIPTION_STATES
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import Ref


def touches(fact: ClaimResponseChanged, tenant: str) -> Iterable[Ref]:
    """The change it is about."""
    return (Ref(RESPONSE_CHANGES, tenant, version_key(fact.subject_id, fact.version)),)


@dataclass(frozen=True, slots=True)
class OnClaimResponseChanged:
    """Numbers events; sending them is the notifier's."""

    index: SubscriptionIndex

    async def handle(self, fact: ClaimResponseChanged, context: Context) -> Result:
        """Where a fact overtook another, the versions before it come first; the fact that is late finds them told."""
        changes = await self._untold(fact, context)
        ids = await self.index.counting(context.tenant) if changes else ()
        for change in changes:
            for id_ in ids:
                await self._tell(id_, change, context)
            context.work.put(RESPONSE_CHANGES, context.tenant, change.model_copy(update={"told": True}))
        return None

    async def _untold(self, fact: ClaimResponseChanged, context: Context) -> list[ResponseChange]:
        found: list[ResponseChange] = []
        version = fact.version
        while True:
            change = await context.work.get(RESPONSE_CHANGES, context.tenant, version_key(fact.subject_id, version))
            if change is None or change.told:
                return found[::-1]
            found.append(change)
            version -= 1

    async def _tell(self, subscription_id: str, change: ResponseChange, context: Context) -> None:
        state = await context.work.get(SUBSCRIPTION_STATES, context.tenant, subscription_id)
        if state is None or not _is_told(state, change):
            return
        after = with_event(state, context.now)
        event = SubscriptionEvent(
            subscription_id=subscription_id,
            number=after.events,
            claim_response_id=change.claim_response_id,
            version=change.version,
            at=change.at,
        )
        context.work.put(SUBSCRIPTION_STATES, context.tenant, after)
        context.work.put(SUBSCRIPTION_EVENTS, context.tenant, event)


def _is_told(state: SubscriptionState, change: ResponseChange) -> bool:
    return counts(state) and state.created_at <= change.at and matches(state.filters, change.parties)
