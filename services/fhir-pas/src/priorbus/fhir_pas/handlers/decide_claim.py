"""A timer of a submission fired: the payer's late decisions become a new version of the ClaimResponse (fhir-pas.md 10, 22)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from priorbus.contracts.commands.fhir_pas import DecideClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, SUBMISSIONS
from priorbus.fhir_pas.domain.claim_keys import answer_keys
from priorbus.fhir_pas.domain.late_answers import delivered, has_pended, shows_other, with_decisions
from priorbus.fhir_pas.domain.payer import OPEN_ACTIONS, UNABLE, PayerAnswer
from priorbus.fhir_pas.domain.submissions import Submission, answer_json
from priorbus.fhir_pas.handlers.answering import Answered, record_first_answer
from priorbus.fhir_pas.handlers.asking import RESEND
from priorbus.fhir_pas.handlers.opening import Opened, open_by_id
from priorbus.fhir_pas.handlers.resuming import resumed
from priorbus.fhir_pas.handlers.revising import revise, wait
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Result
from priorbus.runtime.work import Reader, Ref

RETRY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class News:
    """The submission as it was found, and the payer's decisions; None when it was not reached. `first` is the payer's first word."""

    opened: Opened
    answer: PayerAnswer | None
    first: bool = False


def observing(tools: Tools) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(decide_claim, tools=tools)


def expects(observed: News | Answered | None, tenant: str) -> Iterable[Ref]:
    """The aggregates that recording the decisions needs."""
    if observed is None:
        return ()
    return Answered(observed.opened, PayerAnswer()).touches(tenant)


async def observe(command: DecideClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> News | Answered | None:
    """Ask for decisions that are due; None when the timer is stale."""
    opened = await open_by_id(command.submission_id, envelope.tenant, reader, tools)
    if opened is None or not opened.is_head or opened.submission.polls != command.poll:
        return None
    if opened.submission.undecided:
        return await resumed(opened, envelope.tenant, reader, await tenant_tools(envelope.tenant, reader, tools))
    request = opened.request(envelope.tenant, envelope.time)
    first = opened.answer.undelivered > 0
    try:
        if first:
            open_ = {item.sequence for item in opened.answer.items if item.action in OPEN_ACTIONS}
            lines = tuple(line for line in request.lines if line.sequence in open_)
            sent_at = opened.submission.created_at
            return News(opened, await tools.connector.decide(replace(request, at=sent_at, lines=lines, again=True)), first)
        elapsed = envelope.time - opened.submission.created_at
        return News(opened, await tools.connector.settle(request, "time", elapsed))
    except PayerUnreachable:
        return News(opened, None, first)


async def decide_claim(command: DecideClaim, context: Context, *, tools: Tools) -> Result:
    """Record the decisions and wait for the next."""
    observed: News | Answered | None = context.observed
    if isinstance(observed, Answered):
        await record_first_answer(observed, context, tools)
        return None
    current = None if observed is None else await reopened(context, observed.opened)
    if observed is None or current is None or current.submission.polls != command.poll:
        return None
    answer, delay = _after(current.answer, observed, context.now.date().isoformat())
    after = await _recorded(context, current, answer, tools.terms.public_base)
    if delay is not None and (has_pended(answer) or answer.undelivered):
        following = after.model_copy(update={"polls": command.poll + 1})
        context.work.put(SUBMISSIONS, context.tenant, following)
        wait(context, following.id, following.polls, delay)
    return None


def _after(known: PayerAnswer, news: News, day: str) -> tuple[PayerAnswer, timedelta | None]:
    """The answer after the news, and when to ask again."""
    if not news.first:
        if news.answer is None:
            return known, RETRY
        return with_decisions(known, news.answer.items, day), news.answer.poll_after
    if news.answer is not None:
        return delivered(known, news.answer, day), news.answer.poll_after
    if known.undelivered >= len(RESEND):
        return replace(known, items=(), error=UNABLE, undelivered=0), None
    return replace(known, undelivered=known.undelivered + 1), RESEND[known.undelivered]


async def _recorded(context: Context, current: Opened, answer: PayerAnswer, public_base: str) -> Submission:
    if shows_other(current.answer, answer):
        return await revise(context, current, answer, public_base)
    if answer == current.answer:
        return current.submission
    after = current.submission.model_copy(update={"answer": answer_json(answer)})
    context.work.put(SUBMISSIONS, context.tenant, after)
    keys = tuple(dict.fromkeys((*current.authorization.keys, *answer_keys(answer))))
    if keys != current.authorization.keys:
        context.work.put(CLAIM_AUTHORIZATIONS, context.tenant, current.authorization.model_copy(update={"keys": keys}))
    return after


async def reopened(context: Context, opened: Opened) -> Opened | None:
    """The same submission as of this work; None when it is not the head any more."""
    submission = await context.work.get(SUBMISSIONS, context.tenant, opened.submission.id)
    authorization = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, opened.authorization.id)
    if submission is None or authorization is None or authorization.head != submission.id:
        return None
    return replace(opened, submission=submission, authorization=authorization)
