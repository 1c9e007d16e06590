"""The permit for one submission attempt."""

from priorbus.contracts.commands.requirements import GrantPermit
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import permit
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, save
from priorbus.runtime.handling import Context, Result


async def grant_permit(command: GrantPermit, context: Context) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    save(context, permit.decide(authorization, command, moment(context)))
    return None
