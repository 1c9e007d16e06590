"""Documents that the payer asked for have come: it looks at the pended items again (fhir-pas.md 15 and 16)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from priorbus.contracts.commands.fhir_pas import ReviewClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS
from priorbus.fhir_pas.domain.late_answers import with_decisions
from priorbus.fhir_pas.domain.payer import PayerAnswer, WantedDocument
from priorbus.fhir_pas.handlers.decide_claim import News, reopened
from priorbus.fhir_pas.handlers.opening import open_head
from priorbus.fhir_pas.handlers.revising import revise
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Result, TransientError
from priorbus.runtime.work import Reader


def observing(tools: Tools) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(review_claim, tools=tools)


async def observe(command: ReviewClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> News | None:
    """The payer's word on the items that waited for documents. Raises TransientError while the payer is away."""
    authorization = await reader.get(CLAIM_AUTHORIZATIONS, envelope.tenant, command.authorization_id)
    opened = None if authorization is None else await open_head(authorization, envelope.tenant, reader, tools)
    if opened is None:
        return None
    if opened.submission.undecided:
        raise TransientError("the request has no answer yet")
    if not command.final:
        return News(opened, PayerAnswer())
    try:
        return News(opened, await tools.connector.settle(opened.request(envelope.tenant, envelope.time), "attachments", timedelta(0)))
    except PayerUnreachable as error:
        raise TransientError("the payer could not be asked to review") from error


async def review_claim(command: ReviewClaim, context: Context, *, tools: Tools) -> Result:
    """Complete the CommunicationRequests and record the decisions."""
    news: News | None = context.observed
    current = None if news is None else await reopened(context, news.opened)
    if news is None or current is None or news.answer is None:
        return None
    wanted = tuple(_noted(one, command) for one in current.answer.wanted)
    answer = with_decisions(replace(current.answer, wanted=wanted), news.answer.items, context.now.date().isoformat())
    if answer != current.answer:
        await revise(context, current, answer, tools.terms.public_base)
    return None


def _noted(wanted: WantedDocument, command: ReviewClaim) -> WantedDocument:
    fits_code = not command.codes or wanted.code in command.codes
    fits_line = not command.lines or wanted.line is None or wanted.line in command.lines
    return replace(wanted, received=True) if fits_code and fits_line else wanted
