"""C5 and C6: carry out the open action of a case."""

from priorbus.contracts.commands.requirements import ConfirmAuthorization
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import confirm
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, reply
from priorbus.runtime.handling import Context, Result


async def confirm_authorization(command: ConfirmAuthorization, context: Context) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    return reply(context, confirm.decide(authorization, command, moment(context)))
