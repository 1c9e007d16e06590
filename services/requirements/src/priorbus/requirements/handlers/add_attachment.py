"""C3."""

from priorbus.contracts.commands.requirements import AddAttachment
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import attach
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, reply
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def add_attachment(command: AddAttachment, context: Context, templates: Templates, terms: Terms) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    compiled = await templates.pinned(authorization, context.work)
    return reply(context, attach.decide(authorization, command, compiled, moment(context), terms))
