"""What a submission that is persisted is answered: by the checks of section 9, or by the payer within the budget (fhir-pas.md 8 to 12)."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from priorbus.fhir_pas.domain.business_checks import business_error
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.information import without_tasks
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.updates import UNKNOWN_PRIOR, Head, Plan, merged, plan
from priorbus.fhir_pas.handlers.considering import stored_references
from priorbus.fhir_pas.handlers.opening import Opened, open_by_id
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.clock import utc_now
from priorbus.runtime.work import Reader

RESEND = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 1800))
"""When a request that did not get through is sent again (fhir-pas.md 22)."""
_REPLY_TIME = timedelta(milliseconds=500)
_NOTHING = Head({}, PayerAnswer())


@dataclass(frozen=True, slots=True)
class Question:
    """A persisted submission that has no answer yet. `again` tells that the payer may have been asked before, `at` when it came."""

    opened: Opened
    head: Head | None
    at: datetime
    tenant: str
    again: bool = False


async def reopened_question(opened: Opened, tenant: str, reader: Reader, tools: Tools) -> Question:
    """The question of a submission whose command did not come to an end."""
    previous = opened.submission.previous
    before = None if previous is None else await open_by_id(previous, tenant, reader, tools)
    head = None if before is None else Head(before.claim, before.answer)
    return Question(opened, head, opened.submission.created_at, tenant, again=True)


async def first_word(question: Question, reader: Reader, tools: Tools) -> PayerAnswer:
    """The answer to record first; everything is pended when the payer has none in time."""
    opened = question.opened
    claim = opened.bundle["entry"][0]["resource"]
    stored = await stored_references(opened.base, opened.links, question.tenant, opened.submission.client, reader)
    scene = opened.scene(tools.terms.public_base)
    error = business_error(opened.claim, opened.links, stored, scene.party("insurer", scene.url))
    if opened.submission.updates and question.head is None and not await _adopts(question.tenant, tools):
        error = error or UNKNOWN_PRIOR
    if error is not None:
        return PayerAnswer(error=error)
    request = replace(opened.request(question.tenant, question.at), again=question.again)
    if opened.submission.updates:
        answer = await _updated(request, plan(claim, question.head or _NOTHING), question.head or _NOTHING, tools)
    else:
        answer = await _ask(request, tools)
    return answer if tools.terms.emits_tasks else without_tasks(answer)


async def _adopts(tenant: str, tools: Tools) -> bool:
    """Whether an update of an authorization that is not known here is taken: a remote payer would know it under another name."""
    wanted = tools.terms.adopts_unknown_prior
    return await tools.connector.channel(tenant) == "sandbox" if wanted is None else wanted


async def _updated(request: PayerRequest, update: Plan, head: Head, tools: Tools) -> PayerAnswer:
    """Only what changed is for the payer to decide; that something is cancelled it has to hear too."""
    if update.error is not None:
        return PayerAnswer(error=update.error)
    lines = tuple(line for line in request.lines if line.sequence in update.asked)
    answer = await _ask(replace(request, lines=lines), tools)
    return answer if answer.error else merged(update, answer, head)


async def _ask(request: PayerRequest, tools: Tools) -> PayerAnswer:
    patience = _patience(request, tools.terms.decision_budget - _REPLY_TIME)
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await tools.connector.decide(replace(request, patience=patience))
    except (PayerUnreachable, TimeoutError):
        items = tuple(_pended(line.sequence, request) for line in request.lines)
        return PayerAnswer(items=items, poll_after=RESEND[0], undelivered=1)


def _patience(request: PayerRequest, whole: timedelta) -> timedelta:
    """What is left of the budget, which began when the request came in; nobody waits for one that was begun before."""
    return whole if request.again else min(whole, max(whole - (utc_now() - request.at), _REPLY_TIME))


def _pended(sequence: int, request: PayerRequest) -> ItemDecision:
    return ItemDecision(sequence, "A4", reference=number_of("PEND", request.identifier, str(sequence)))
