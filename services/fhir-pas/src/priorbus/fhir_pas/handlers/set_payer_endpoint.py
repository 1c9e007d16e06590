"""An operator says which remote endpoint decides a tenant's requests (fhir-pas.md 22)."""

from priorbus.contracts.commands.fhir_pas import SetPayerEndpoint
from priorbus.fhir_pas.aggregates import PAYER_ENDPOINTS
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY, PayerEndpoint
from priorbus.runtime.handling import Context, Result


async def set_payer_endpoint(command: SetPayerEndpoint, context: Context) -> Result:
    """Without a base URL the tenant has none any more."""
    known = await context.work.get(PAYER_ENDPOINTS, context.tenant, ENDPOINT_KEY)
    if command.base_url is not None:
        members = command.model_dump()
        context.work.put(
            PAYER_ENDPOINTS, context.tenant, PayerEndpoint.model_validate({**members, "sealed_key": command.sealed_key.encode()})
        )
    elif known is not None:
        context.work.delete(PAYER_ENDPOINTS, context.tenant, ENDPOINT_KEY)
    return {}
