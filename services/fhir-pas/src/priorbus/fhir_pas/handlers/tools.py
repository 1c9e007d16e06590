"""What the FHIR operations' handlers are given."""

from dataclasses import dataclass, replace

from priorbus.fhir_pas.aggregates import TENANT_SETTINGS
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY, terms_of
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.ports import ClaimIndex, HeldAttachments, InlineContents, PayerConnector, RequestBodies
from priorbus.runtime.work import Reader


@dataclass(frozen=True, slots=True)
class Tools:
    """The payer, the object store's request bodies, storage for contents, the indexes of authorizations and attachments, the settings.

    `own`: the settings are those of the tenant at hand.
    """

    connector: PayerConnector
    bodies: RequestBodies
    contents: InlineContents
    index: ClaimIndex
    held: HeldAttachments
    terms: Terms
    own: bool = False


async def tenant_terms(tenant: str, reader: Reader, deployment: Terms) -> Terms:
    """The settings that count for a tenant."""
    return terms_of(await reader.get(TENANT_SETTINGS, tenant, SETTINGS_KEY), deployment)


async def tenant_tools(tenant: str, reader: Reader, tools: Tools) -> Tools:
    """The same tools with the tenant's own settings."""
    return tools if tools.own else replace(tools, terms=await tenant_terms(tenant, reader, tools.terms), own=True)
