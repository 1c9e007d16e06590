"""Timer: the payer's endpoint is to have our Subscription, and to have it alive (fhir-pas.md 22)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from priorbus.contracts.commands.fhir_payers import KeepPayerSubscription
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import PAYER_ENDPOINTS
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY, PayerEndpoint
from priorbus.fhir_pas.domain.remote.subscribing import PayerSubscription
from priorbus.fhir_pas.ports import PayerSubscriptions, PayerUnreachable
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import Reader

TIMER: Final = "payer-subscription"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeepPayerSubscriptionHandler:
    """While the payer can not be reached, or does not take it, late decisions are asked for."""

    subscriptions: PayerSubscriptions

    async def observe(self, command: KeepPayerSubscription, envelope: Envelope, reader: Reader) -> PayerSubscription | None:
        endpoint = await reader.get(PAYER_ENDPOINTS, envelope.tenant, ENDPOINT_KEY)
        if subscription_of(endpoint, command.subscription_id) is None or endpoint is None:
            return None
        try:
            return await self.subscriptions.keep(endpoint, envelope.tenant)
        except PayerUnreachable as error:
            log.warning("no subscription at the payer", tenant=envelope.tenant, error=error)
            return None

    async def handle(self, command: KeepPayerSubscription, context: Context) -> Result:
        kept: PayerSubscription | None = context.observed
        endpoint = await context.work.get(PAYER_ENDPOINTS, context.tenant, ENDPOINT_KEY)
        known = subscription_of(endpoint, command.subscription_id)
        if known is None or endpoint is None:
            return None
        after = known.model_copy(update={"status": "failed"}) if kept is None else _joined(known, kept)
        context.work.put(PAYER_ENDPOINTS, context.tenant, endpoint.model_copy(update={"subscription": after}))
        context.work.schedule(TIMER, context.now + timedelta(seconds=endpoint.poll_seconds), command)
        return None


def subscription_of(endpoint: PayerEndpoint | None, subscription_id: str) -> PayerSubscription | None:
    """The endpoint's Subscription, unless it is another one by now."""
    found = None if endpoint is None else endpoint.subscription
    return found if found is not None and found.id == subscription_id else None


def _joined(known: PayerSubscription, kept: PayerSubscription) -> PayerSubscription:
    """Events may have come while the payer was asked."""
    return kept.model_copy(update={"events": known.events}) if known.remote_id == kept.remote_id else kept
