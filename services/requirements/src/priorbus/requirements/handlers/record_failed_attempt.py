"""An attempt that did not reach the payer."""

from priorbus.contracts.commands.requirements import RecordFailedAttempt
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import failed_attempt
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, save
from priorbus.runtime.handling import Context, Result


async def record_failed_attempt(command: RecordFailedAttempt, context: Context) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    save(context, failed_attempt.decide(authorization, command, moment(context)))
    return None
