"""Add a provider to the tenant (authorizations.md 7.2)."""

from priorbus.contracts.commands.requirements import RegisterProvider
from priorbus.contracts.facts.requirements import ProviderRegistered
from priorbus.contracts.replies import Refusal
from priorbus.requirements.aggregates import PROVIDERS
from priorbus.requirements.domain.providers import new_provider
from priorbus.runtime.handling import Context, Result


async def register_provider(command: RegisterProvider, context: Context) -> Result | Refusal:
    if command.schema_refusal is not None:
        return command.schema_refusal
    if await context.work.get(PROVIDERS, context.tenant, command.npi) is not None:
        return Refusal(code="provider_already_exists")
    provider = new_provider(command, context.tenant, context.now)
    if isinstance(provider, Refusal):
        return provider
    context.work.put(PROVIDERS, context.tenant, provider)
    context.work.publish(ProviderRegistered(provider=provider))
    return {"provider": provider}
