"""What this service says again when projections are made anew."""

from typing import Final

from priorbus.contracts.commands.requirements import Restate
from priorbus.contracts.facts.requirements import AuthorizationRestated, PayerPublished, ProviderRegistered, TemplatePublished
from priorbus.requirements.aggregates import AUTHORIZATIONS, PAYERS, PROVIDERS, TEMPLATES
from priorbus.runtime.restating import Restatement

RESTATEMENT: Final = Restatement(
    Restate,
    {
        TEMPLATES: lambda template: TemplatePublished(template=template),
        PAYERS: lambda payer: PayerPublished(payer=payer),
        PROVIDERS: lambda provider: ProviderRegistered(provider=provider),
        AUTHORIZATIONS: lambda authorization: AuthorizationRestated(authorization=authorization, events=()),
    },
)
