"""Documents that the payer asked for have come: it looks at the pended items again (fhir-pas.md 15 and 16)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from priorbus.contracts.commands.fhir_pas import ReviewClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, EXCHANGES, RAW_REQUESTS
from priorbus.fhir_pas.domain.attachments.review import brings
from priorbus.fhir_pas.domain.late_answers import has_pended, with_decisions
from priorbus.fhir_pas.domain.payer import PayerAnswer, SentDocuments
from priorbus.fhir_pas.handlers.decide_claim import News, reopened
from priorbus.fhir_pas.handlers.opening import open_head
from priorbus.fhir_pas.handlers.reporting import report
from priorbus.fhir_pas.handlers.revising import revise
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Result, TransientError
from priorbus.runtime.work import Reader

RETRY = timedelta(minutes=2)


def observing(tools: Tools) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(review_claim, tools=tools)


async def observe(command: ReviewClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> News | None:
    """The payer's word on the items that waited for documents; what is decided is not for it to look at again.

    Raises TransientError while the request has no answer yet.
    """
    authorization = await reader.get(CLAIM_AUTHORIZATIONS, envelope.tenant, command.authorization_id)
    opened = None if authorization is None else await open_head(authorization, envelope.tenant, reader, tools)
    if opened is None:
        return None
    if opened.submission.undecided:
        raise TransientError("the request has no answer yet")
    if opened.submission.attempt and not opened.submission.is_answered:
        exchange = await reader.get(EXCHANGES, envelope.tenant, opened.authorization.id)
        return News(opened, None if exchange is not None and exchange.is_sending(envelope.time) else PayerAnswer())
    if not has_pended(opened.answer):
        return News(opened, PayerAnswer())
    if opened.answer.undelivered:
        return News(opened, None)
    kept = await reader.get(RAW_REQUESTS, envelope.tenant, command.attachments) if command.attachments else None
    documents = SentDocuments(command.final) if kept is None else SentDocuments(command.final, kept.body, kept.body_key)
    try:
        return News(opened, await tools.connector.review(opened.request(envelope.tenant, envelope.time), documents))
    except PayerUnreachable:
        return News(opened, None)


async def review_claim(command: ReviewClaim, context: Context, *, tools: Tools) -> Result:
    """Complete the CommunicationRequests and record the decisions; a payer that is away gets the documents later."""
    news: News | None = context.observed
    if news is None:
        return None
    if news.answer is None:
        context.work.schedule(f"review/{command.attachments or command.authorization_id}", context.now + RETRY, command)
    current = await reopened(context, news.opened)
    if current is None:
        return None
    wanted = tuple(replace(one, received=True) if brings(command, one) else one for one in current.answer.wanted)
    decisions = () if news.answer is None else news.answer.items
    answer = with_decisions(replace(current.answer, wanted=wanted), decisions, context.now.date().isoformat())
    if answer != current.answer:
        after = await revise(context, current, answer, tools.terms.public_base)
        await report(context, after, current.answer)
    return None
