"""P1, P2 and P3. Nobody waits for the answer of fhir-pas's commands, so it is empty."""

from priorbus.contracts.commands.requirements import CompletePreparation
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import preparation
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, save
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def complete_preparation(command: CompletePreparation, context: Context, templates: Templates, terms: Terms) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    compiled = await templates.pinned(authorization, context.work)
    save(context, preparation.decide(authorization, command, compiled, moment(context), terms))
    return None
