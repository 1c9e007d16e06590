"""`$status` of Subscriptions: subscriptions backport 1.1.0, OperationDefinition backport-subscription-status (fhir-pas.md 14.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from priorbus.contracts.commands.fhir_subscriptions import ReadSubscriptionStatus
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import urn_of
from priorbus.fhir_pas.domain.subscriptions.notification import status_parameters
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.handlers.fhir_replies import answered, refused
from priorbus.fhir_pas.handlers.read_resource import DELETED, NOT_THERE
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools, own
from priorbus.runtime.handling import Context, Result


@dataclass(frozen=True, slots=True)
class ReadSubscriptionStatusHandler:
    """Only of the caller's own Subscriptions."""

    tools: SubscriptionTools

    async def handle(self, query: ReadSubscriptionStatus, context: Context) -> Result:
        ids = query.ids
        if query.subscription_id is not None:
            known = await own(context, query.subscription_id)
            if known is None:
                return refused(404, (NOT_THERE,), self.tools.public_base)
            if known.deleted:
                return refused(410, (DELETED,), self.tools.public_base)
            ids = (query.subscription_id,)
        states = await self.tools.index.of_client(context.tenant, context.envelope.client)
        found = [one for one in states if (not ids or one.id in ids) and (not query.statuses or one.status in query.statuses)]
        return answered(200, _searchset(found, self.tools.public_base))


def _searchset(states: Sequence[SubscriptionState], public_base: str) -> Resource:
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(states)}
    if states:
        bundle["entry"] = [
            {
                "fullUrl": urn_of("status", state.id),
                "resource": status_parameters(state, "query-status", (), state.channel.content, public_base),
                "search": {"mode": "match"},
            }
            for state in states
        ]
    return bundle
