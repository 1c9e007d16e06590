"""C1: open a case."""

from priorbus.contracts.commands.requirements import CreateAuthorization
from priorbus.contracts.replies import Refusal
from priorbus.requirements.aggregates import PROVIDERS
from priorbus.requirements.domain.lifecycle import create
from priorbus.requirements.handlers.saving import moment, reply
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def create_authorization(command: CreateAuthorization, context: Context, templates: Templates) -> Result | Refusal:
    npi = command.case.provider_npi if command.case else ""
    provider = await context.work.get(PROVIDERS, context.tenant, npi)
    catalogue = await templates.catalogue()
    return reply(context, create.decide(command, context.tenant, provider, catalogue, templates.compiled, moment(context)))
