"""An operator sets what counts for a tenant (fhir-pas.md 26)."""

from pydantic import ValidationError

from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings
from priorbus.contracts.facts.fhir_pas import TenantSettingsChanged
from priorbus.contracts.replies import Issue, Refusal
from priorbus.fhir_pas.aggregates import PAYER_ENDPOINTS, TENANT_SETTINGS
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY, changed, connector_of, reply_deadline_of
from priorbus.runtime.handling import Context, Result

_NO_ENDPOINT = "The tenant has no payer endpoint."


async def change_tenant_settings(command: ChangeTenantSettings, context: Context) -> Result | Refusal:
    """The settings after it; a value that is not possible is refused."""
    known = await context.work.get(TENANT_SETTINGS, context.tenant, SETTINGS_KEY)
    try:
        after = changed(known, command.values)
    except ValidationError as error:
        fields = (".".join(map(str, one["loc"])) for one in error.errors(include_url=False, include_input=False))
        issues = tuple(Issue(code="invalid_value", message="This is not possible here.", field=field) for field in fields)
        return Refusal(code="validation_failed", issues=issues)
    endpoint, connector = await context.work.get(PAYER_ENDPOINTS, context.tenant, ENDPOINT_KEY), connector_of(after)
    if connector == "fhir" and endpoint is None:
        return Refusal(code="validation_failed", issues=(Issue(code="invalid_value", message=_NO_ENDPOINT, field="pas.connector"),))
    if endpoint is not None and endpoint.suspended != (connector == "sandbox"):
        context.work.put(PAYER_ENDPOINTS, context.tenant, endpoint.model_copy(update={"suspended": connector == "sandbox"}))
    if command.rules is not None:
        after = after.model_copy(update={"rules": command.rules or None})
    context.work.put(TENANT_SETTINGS, context.tenant, after)
    deadline = reply_deadline_of(after)
    if deadline != (None if known is None else reply_deadline_of(known)):
        context.work.publish(TenantSettingsChanged(reply_deadline_ms=deadline))
    return {"settings": after.choices.decode(), "ownRules": after.rules is not None}
