"""C7: stop future work on a case."""

from priorbus.contracts.commands.requirements import CancelAuthorization
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import cancel
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, reply
from priorbus.runtime.handling import Context, Result


async def cancel_authorization(command: CancelAuthorization, context: Context) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    return reply(context, cancel.decide(authorization, command, moment(context)))
