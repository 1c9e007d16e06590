"""An operator says which remote endpoint decides a tenant's requests (fhir-pas.md 22)."""

from priorbus.contracts.commands.fhir_pas import SetPayerEndpoint
from priorbus.contracts.commands.fhir_payers import KeepPayerSubscription
from priorbus.fhir_pas.aggregates import PAYER_ENDPOINTS, TENANT_SETTINGS
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY, PayerEndpoint
from priorbus.fhir_pas.domain.remote.subscribing import PayerSubscription
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY, connector_of
from priorbus.fhir_pas.handlers.keep_payer_subscription import TIMER
from priorbus.runtime.handling import Context, Result


async def set_payer_endpoint(command: SetPayerEndpoint, context: Context) -> Result:
    """Without a base URL the tenant has none any more; a Subscription there is made in the background."""
    known = await context.work.get(PAYER_ENDPOINTS, context.tenant, ENDPOINT_KEY)
    if command.base_url is not None:
        subscription = _subscription(command, known, context)
        suspended = connector_of(await context.work.get(TENANT_SETTINGS, context.tenant, SETTINGS_KEY)) == "sandbox"
        members = {**command.model_dump(exclude={"filters"}), "sealed_key": command.sealed_key.encode()}
        members |= {"subscription": subscription, "suspended": suspended}
        context.work.put(PAYER_ENDPOINTS, context.tenant, PayerEndpoint.model_validate(members))
        if subscription is not None:
            context.work.schedule(TIMER, context.now, KeepPayerSubscription(subscription_id=subscription.id))
    elif known is not None:
        context.work.delete(PAYER_ENDPOINTS, context.tenant, ENDPOINT_KEY)
    return {}


def _subscription(command: SetPayerEndpoint, known: PayerEndpoint | None, context: Context) -> PayerSubscription | None:
    """The one that is there goes on where the payer, our name there and the identifiers stay."""
    if not command.filters:
        return None
    before = None if known is None else known.subscription
    same = known is not None and (known.base_url, known.client_id) == (command.base_url, command.client_id)
    if before is not None and same and before.filters == command.filters:
        return before
    return PayerSubscription(id=context.new_id("psub"), filters=command.filters)
