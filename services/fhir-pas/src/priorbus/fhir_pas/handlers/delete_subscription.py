"""Delete: https://hl7.org/fhir/R4/http.html#delete (fhir-pas.md 14.4)."""

from dataclasses import dataclass

from priorbus.contracts.commands.fhir_subscriptions import DeleteSubscription
from priorbus.contracts.facts.fhir_pas import SubscriptionEnded
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.handlers.fhir_replies import answered, declined
from priorbus.fhir_pas.handlers.read_resource import NOT_THERE
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools, own, put_tombstone
from priorbus.fhir_pas.handlers.update_subscription import STALE
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_STATES
from priorbus.runtime.handling import Context, Result


@dataclass(frozen=True, slots=True)
class DeleteSubscriptionHandler:
    """The resource's versions stay, the state with its sealed headers goes; an attempt under way finds nothing to record."""

    tools: SubscriptionTools

    async def handle(self, command: DeleteSubscription, context: Context) -> Result | Refusal:
        known = await own(context, command.subscription_id)
        if known is None:
            return declined(404, (NOT_THERE,), self.tools.public_base)
        if known.deleted:
            return answered(204, None)
        if command.if_match is not None and command.if_match != known.version_id:
            return declined(412, (STALE,), self.tools.public_base)
        state = await context.work.get(SUBSCRIPTION_STATES, context.tenant, command.subscription_id)
        version = put_tombstone(context, known)
        if state is not None:
            context.work.delete(SUBSCRIPTION_STATES, context.tenant, command.subscription_id)
        context.work.publish(SubscriptionEnded(subject_id=known.id, version=version.version_id, events=()))
        return answered(204, None)
