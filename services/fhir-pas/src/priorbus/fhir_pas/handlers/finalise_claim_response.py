"""An operator ends the pending of items (fhir-pas.md 23)."""

from datetime import timedelta
from functools import partial

from priorbus.contracts.commands.fhir_pas import FinaliseClaimResponse, FinalItem
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Issue, Refusal
from priorbus.fhir_pas.domain.certification import certified_period
from priorbus.fhir_pas.domain.claim_keys import number_keys
from priorbus.fhir_pas.domain.claim_response import outcome
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.late_answers import has_pended, with_decisions
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.payer import CERTIFIED, OPEN_ACTIONS, ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.submissions import answer_of
from priorbus.fhir_pas.handlers.decide_claim import News, reopened
from priorbus.fhir_pas.handlers.opening import Opened, open_head
from priorbus.fhir_pas.handlers.reporting import report
from priorbus.fhir_pas.handlers.revising import revise, timer_key
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.runtime.handling import Context, Handler, Observer, Result
from priorbus.runtime.work import Reader

_ACTIONS = frozenset({"A1", "A2", "A3", "A6", "C", "CT", "NA"})


def observing(tools: Tools) -> Observer:
    """The handler's contact with the payer, which knows how an item ends when the operator does not say."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(finalise_claim_response, tools=tools)


async def observe(command: FinaliseClaimResponse, envelope: Envelope, reader: Reader, *, tools: Tools) -> News | None:
    """The submission of the ClaimResponse, and what the payer's rules say of its items."""
    for authorization in await tools.index.find(envelope.tenant, list(number_keys((command.claim_response_id,)))):
        opened = await open_head(authorization, envelope.tenant, reader, tools)
        if opened is not None:
            request = opened.request(envelope.tenant, envelope.time)
            return News(opened, await tools.connector.settle(request, "operator", timedelta(0)))
    return None


async def finalise_claim_response(command: FinaliseClaimResponse, context: Context, *, tools: Tools) -> Result | Refusal:
    """Only pended items can be ended; unnamed ones stay."""
    news: News | None = context.observed
    if news is None:
        return Refusal(code="not_found")
    current = await reopened(context, news.opened)
    if current is None or current.submission.claim_response_id != command.claim_response_id or not has_pended(current.answer):
        return Refusal(code="stale_update")
    pended = {item.sequence for item in current.answer.items if item.action in OPEN_ACTIONS}
    refusal = _refusal(command, current.answer, pended)
    if refusal is not None:
        return refusal
    decisions = [_decision(item, current, context) for item in command.items] if command.items else (news.answer or PayerAnswer()).items
    answer = with_decisions(current.answer, decisions, context.now.date().isoformat())
    after = await revise(context, current, answer, tools.terms.public_base, human=command.human_reviewed)
    await report(context, after, current.answer)
    if not has_pended(answer):
        context.work.unschedule(timer_key(after.id))
    lines = [{"sequence": item.sequence, "action": item.action} for item in answer.items]
    return {
        "claimResponseId": after.claim_response_id,
        "versionId": str(after.claim_response_version),
        "outcome": outcome(answer_of(after), current.base.release),
        "items": lines,
    }


def _refusal(command: FinaliseClaimResponse, answer: PayerAnswer, pended: set[int]) -> Refusal | None:
    known = {item.sequence for item in answer.items}
    for position, item in enumerate(command.items):
        if item.action not in _ACTIONS or item.sequence not in known:
            field = "action" if item.sequence in known else "sequence"
            issue = Issue(code="invalid_value", message=f"This {field} is not possible here.", path=f"/items/{position}/{field}")
            return Refusal(code="validation_failed", issues=(issue,))
    named = {item.sequence for item in command.items}
    return Refusal(code="stale_update") if named - pended else None


def _decision(item: FinalItem, opened: Opened, context: Context) -> ItemDecision:
    request = payer_request(opened.whole, opened.submission.id, "fhir", opened.submission.base, context.now)
    line = next((one for one in request.lines if one.sequence == item.sequence), None)
    certified = item.action in CERTIFIED
    start, end = certified_period(line, context.now)
    return ItemDecision(
        item.sequence,
        item.action,  # type: ignore[arg-type]
        number=number_of("AUTH", opened.submission.id, str(item.sequence)) if certified else None,
        note=item.note,
        reason_codes=item.reason_codes,
        start=start if certified else None,
        end=end if certified else None,
    )
