"""The first and the last step that the handlers of an authorization share: load, and save with record."""

from typing import Final

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.replies import Refusal
from priorbus.requirements.aggregates import AUTHORIZATIONS
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.runtime.handling import Context, Result

NOT_FOUND: Final = Refusal(code="authorization_not_found")


async def load(context: Context, authorization_id: str) -> Authorization | None:
    """The authorization, None when the tenant has none with that id."""
    return await context.work.get(AUTHORIZATIONS, context.tenant, authorization_id)


def moment(context: Context) -> Moment:
    """Time and ids for the decision."""
    return Moment(context.now, context.new_id)


def reply(context: Context, decided: Decision | Refusal) -> Result | Refusal:
    """Save an accepted decision and answer the customer with the state after it."""
    if isinstance(decided, Refusal):
        return decided
    save(context, decided)
    return {"authorization": decided.authorization}


def save(context: Context, decision: Decision) -> None:
    """Put the state, publish the fact and then the commands, set timers; nothing of a decision that changes nothing."""
    work = context.work
    if decision.fact is not None:
        work.put(AUTHORIZATIONS, context.tenant, decision.authorization)
        work.publish(decision.fact)
    for command in decision.commands:
        work.publish(command)
    for key in decision.unschedule:
        work.unschedule(key)
    for timer in decision.schedule:
        work.schedule(timer.key, timer.due, timer.command)
