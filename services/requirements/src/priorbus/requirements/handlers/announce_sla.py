"""The payer's deadline is near or over."""

from priorbus.contracts.commands.requirements import AnnounceSla
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import sla
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, save
from priorbus.runtime.handling import Context, Result


async def announce_sla(command: AnnounceSla, context: Context) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    save(context, sla.decide(authorization, command, moment(context)))
    return None
