"""An operator sets what counts for a tenant (fhir-pas.md 26)."""

from pydantic import ValidationError

from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings
from priorbus.contracts.replies import Issue, Refusal
from priorbus.fhir_pas.aggregates import TENANT_SETTINGS
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY, changed
from priorbus.runtime.handling import Context, Result


async def change_tenant_settings(command: ChangeTenantSettings, context: Context) -> Result | Refusal:
    """The settings after it; a value that is not possible is refused."""
    known = await context.work.get(TENANT_SETTINGS, context.tenant, SETTINGS_KEY)
    try:
        after = changed(known, command.values)
    except ValidationError as error:
        fields = (".".join(map(str, one["loc"])) for one in error.errors(include_url=False, include_input=False))
        issues = tuple(Issue(code="invalid_value", message="This is not possible here.", field=field) for field in fields)
        return Refusal(code="validation_failed", issues=issues)
    if command.rules is not None:
        after = after.model_copy(update={"rules": command.rules or None})
    context.work.put(TENANT_SETTINGS, context.tenant, after)
    return {"settings": after.choices.decode(), "ownRules": after.rules is not None}
