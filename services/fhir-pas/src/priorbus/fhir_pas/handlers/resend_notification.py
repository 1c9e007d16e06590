"""An operator has the last event about a ClaimResponse sent again (fhir-pas.md 23)."""

from dataclasses import dataclass

from priorbus.contracts.commands.fhir_subscriptions import ResendNotification
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import RESOURCES
from priorbus.fhir_pas.domain.subscriptions.state import wanted_again
from priorbus.fhir_pas.ports import SubscriptionIndex
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_STATES
from priorbus.runtime.handling import Context, Result


@dataclass(frozen=True, slots=True)
class ResendNotificationHandler:
    """The event keeps its number, so that a receiver that has it can tell."""

    index: SubscriptionIndex

    async def handle(self, command: ResendNotification, context: Context) -> Result | Refusal:
        """The result tells how many Subscriptions have such an event."""
        if await context.work.get(RESOURCES, context.tenant, f"ClaimResponse/{command.claim_response_id}") is None:
            return Refusal(code="not_found")
        last: dict[str, int] = {}
        for event in await self.index.events_about(context.tenant, command.claim_response_id):
            last[event.subscription_id] = max(event.number, last.get(event.subscription_id, 0))
        count = 0
        for id_, number in last.items():
            state = await context.work.get(SUBSCRIPTION_STATES, context.tenant, id_)
            if state is not None:
                count += 1
                context.work.put(SUBSCRIPTION_STATES, context.tenant, wanted_again(state, number, context.now))
        return {"claimResponseId": command.claim_response_id, "subscriptions": count}
