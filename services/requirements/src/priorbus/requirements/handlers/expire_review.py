"""T1: the time to approve a review is over."""

from priorbus.contracts.commands.requirements import ExpireReview
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import review_expiry
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, save
from priorbus.runtime.handling import Context, Result


async def expire_review(command: ExpireReview, context: Context) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    save(context, review_expiry.decide(authorization, command, moment(context)))
    return None
