"""C2: merge a partial answer set."""

from priorbus.contracts.commands.requirements import PatchAnswers
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import patch_answers as lifecycle
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, reply
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def patch_answers(command: PatchAnswers, context: Context, templates: Templates) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    compiled = await templates.pinned(authorization, context.work)
    return reply(context, lifecycle.decide(authorization, command, compiled, moment(context)))
