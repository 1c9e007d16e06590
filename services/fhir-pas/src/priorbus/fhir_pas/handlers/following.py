"""What handlers of an exchange do alike: record the payer's answer, set the next timer."""

from dataclasses import dataclass, replace
from datetime import timedelta

from priorbus.contracts.commands.fhir_pas import AdvanceExchange
from priorbus.fhir_pas.aggregates import EXCHANGES, SUBMISSIONS
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.case_answers import is_decided, says_something, with_news
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.late_answers import shows_other
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.submissions import Submission, answer_of
from priorbus.fhir_pas.handlers.answering import Answered, record_first_answer
from priorbus.fhir_pas.handlers.decide_claim import reopened
from priorbus.fhir_pas.handlers.reporting import report
from priorbus.fhir_pas.handlers.revising import revise
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.runtime.handling import Context


async def follow(context: Context, exchange: Exchange, told: Answered, tools: Tools) -> None:
    """Record what the payer said, if anything, and go on as it told, unless all is decided, by whomever."""
    save(context, exchange)
    recorded = await record(context, told, tools) if says_something(told.answer) else None
    if recorded is not None:
        await report(context, recorded.after, recorded.before)
    if told.answer.poll_after is None or await _is_over(context, told.opened.submission.id):
        save(context, exchanges.heard_out(exchange, context.now))
    else:
        wait(context, exchanges.waiting(exchange, context.now, polled=True), told.answer.poll_after)


async def _is_over(context: Context, submission_id: str) -> bool:
    submission = await context.work.get(SUBMISSIONS, context.tenant, submission_id)
    return submission is not None and is_decided(answer_of(submission))


@dataclass(frozen=True, slots=True)
class Recorded:
    """The submission after a word of the payer, and what it had said before."""

    after: Submission
    before: PayerAnswer


async def record(context: Context, told: Answered, tools: Tools) -> Recorded | None:
    """The word as a version of the ClaimResponse; None when it adds nothing, or another attempt came since."""
    current = await reopened(context, told.opened)
    if current is None:
        return None
    if not current.submission.is_answered:
        first = replace(told, answer=replace(told.answer, poll_after=None))
        return Recorded(await record_first_answer(first, context, tools), PayerAnswer())
    answer = with_news(current.answer, told.answer, context.now.date().isoformat())
    if not shows_other(current.answer, answer):
        return None
    return Recorded(await revise(context, current, answer, tools.terms.public_base), current.answer)


def wait(context: Context, exchange: Exchange, delay: timedelta) -> None:
    """Save the exchange and wake it after the delay; an earlier timer of it is replaced."""
    save(context, exchange)
    due = context.now + delay
    context.work.schedule(timer_of(exchange.id), due, AdvanceExchange(exchange_id=exchange.id, step=exchange.timer))


def save(context: Context, exchange: Exchange) -> None:
    """Put the exchange."""
    context.work.put(EXCHANGES, context.tenant, exchange)


def timer_of(exchange_id: str) -> str:
    """The key of the timer that an exchange waits for."""
    return f"exchange/{exchange_id}"
