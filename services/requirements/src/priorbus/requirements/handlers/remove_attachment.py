"""C4."""

from priorbus.contracts.commands.requirements import RemoveAttachment
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import remove
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, reply
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def remove_attachment(command: RemoveAttachment, context: Context, templates: Templates) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    compiled = await templates.pinned(authorization, context.work)
    return reply(context, remove.decide(authorization, command, compiled, moment(context)))
