"""A timer of a submission fired: the payer's late decisions become a new version of the ClaimResponse (fhir-pas.md 10)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from priorbus.contracts.commands.fhir_pas import DecideClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, SUBMISSIONS
from priorbus.fhir_pas.domain.late_answers import has_pended, with_decisions
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.handlers.opening import Opened, open_by_id
from priorbus.fhir_pas.handlers.revising import revise, wait
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Result
from priorbus.runtime.work import Reader

RETRY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class News:
    """The submission as it was found, and the payer's decisions; None when it was not reached."""

    opened: Opened
    answer: PayerAnswer | None


def observing(tools: Tools) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(decide_claim, tools=tools)


async def observe(command: DecideClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> News | None:
    """Ask for decisions that are due; None when the timer is stale."""
    opened = await open_by_id(command.submission_id, envelope.tenant, reader, tools)
    if opened is None or not opened.is_head or opened.submission.polls != command.poll:
        return None
    try:
        elapsed = envelope.time - opened.submission.created_at
        return News(opened, await tools.connector.settle(opened.request(envelope.tenant, envelope.time), "time", elapsed))
    except PayerUnreachable:
        return News(opened, None)


async def decide_claim(command: DecideClaim, context: Context, *, tools: Tools) -> Result:
    """Record the decisions and wait for the next."""
    news: News | None = context.observed
    current = None if news is None else await reopened(context, news.opened)
    if news is None or current is None:
        return None
    after = current.submission
    if news.answer is not None and news.answer.items:
        answer = with_decisions(current.answer, news.answer.items, context.now.date().isoformat())
        if answer != current.answer:
            after = await revise(context, current, answer, tools.terms.public_base)
            current = replace(current, submission=after)
    delay = RETRY if news.answer is None else news.answer.poll_after
    if delay is not None and has_pended(current.answer):
        following = after.model_copy(update={"polls": command.poll + 1})
        context.work.put(SUBMISSIONS, context.tenant, following)
        wait(context, following.id, following.polls, delay)
    return None


async def reopened(context: Context, opened: Opened) -> Opened | None:
    """The same submission as of this work; None when it is not the head any more."""
    submission = await context.work.get(SUBMISSIONS, context.tenant, opened.submission.id)
    authorization = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, opened.authorization.id)
    if submission is None or authorization is None or authorization.head != submission.id:
        return None
    return replace(opened, submission=submission, authorization=authorization)
