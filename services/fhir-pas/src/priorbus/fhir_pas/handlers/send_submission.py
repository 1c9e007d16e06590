"""A permit was granted: store the request, contact the payer, then record what it said (fhir-pas.md 24, step 2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from priorbus.contracts.commands.fhir_pas import SendSubmission
from priorbus.contracts.commands.requirements import RecordFailedAttempt
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import EXCHANGES, SUBMISSIONS
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain import preparation
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.case_answers import shown
from priorbus.fhir_pas.domain.claim_bundle.urls import attempt_names
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.remote.inquiries import claim_names
from priorbus.fhir_pas.domain.structure.reopen import links_of
from priorbus.fhir_pas.domain.submissions import attempt_id
from priorbus.fhir_pas.domain.validation import Validated
from priorbus.fhir_pas.handlers.answering import Answered
from priorbus.fhir_pas.handlers.associating import held_for_stored
from priorbus.fhir_pas.handlers.filing import Filing, sent_bundle
from priorbus.fhir_pas.handlers.following import follow, wait
from priorbus.fhir_pas.handlers.opening import Opened, open_by_id
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Outside, Result
from priorbus.runtime.work import Ref

FAILURE = "payer_unreachable"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, how, and the answer; None when the payer was not reached. `held` are attachments that wait for it.

    `names` are what the payer may call it: an attempt that failed may have reached it nevertheless.
    """

    opened: Opened
    channel: str
    answer: PayerAnswer | None
    names: tuple[str, ...]
    held: Sequence[AttachmentSubmission]


def observing(tools: Tools) -> Observer:
    """The first transaction, and the handler's contact with the payer."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(send_submission, tools=tools)


def expects(sent: Sent | None, tenant: str) -> Iterable[Ref]:
    """The aggregates that recording the answer needs."""
    if not isinstance(sent, Sent):
        return ()
    return (Ref(EXCHANGES, tenant, sent.opened.authorization.id), *Answered(sent.opened, PayerAnswer()).touches(tenant))


async def observe(command: SendSubmission, envelope: Envelope, outside: Outside, *, tools: Tools) -> Sent | None:
    """Store and send the attempt; None when it is not the one in hand. After a crash the same goes out again, unless the payer knows it."""
    case, tenant = command.authorization, envelope.tenant
    tools = await tenant_tools(tenant, outside, tools)
    known = await outside.get(EXCHANGES, tenant, case.id)
    if known is None or not exchanges.may_send(known, command.work_item_id, command.attempt):
        return None
    base = tools.terms.public_base
    package = preparation.package(case, command.attempt, base, await sent_bundle(known, tenant, outside))
    filed = await outside.get(SUBMISSIONS, tenant, attempt_id(case.id, command.attempt)) is not None
    filing = Filing(command, package.text, Validated(package.bundle, links_of(package.bundle), ()), base)
    result = await outside.commit("filed", filing, filing.touches(tenant))
    opened = await open_by_id(attempt_id(case.id, command.attempt), tenant, outside, tools) if result["filed"] else None
    if opened is None:
        return None
    held = await held_for_stored(opened.submission, tenant, outside, tools.held)
    failed = range(known.first_attempt, command.attempt)
    request = replace(
        opened.request(tenant, case.updated_at),
        files=preparation.attached_files(case, base),
        again=filed or bool(failed),
        earlier=tuple(name for attempt in failed for name in attempt_names(case.id, attempt, base)),
    )
    channel = await tools.connector.channel(tenant)
    try:
        answer = shown(await tools.connector.decide(request), request, tasks=tools.terms.emits_tasks)
    except PayerUnreachable:
        answer = None
    return Sent(opened, channel, answer, (*claim_names(opened.bundle), *request.earlier), held)


async def send_submission(command: SendSubmission, context: Context, *, tools: Tools) -> Result:
    """Record the answer, or plan the next attempt."""
    sent: Sent | None = context.observed
    known = await context.work.get(EXCHANGES, context.tenant, command.authorization.id)
    if sent is None or known is None or not exchanges.may_send(known, command.work_item_id, command.attempt):
        return None
    if sent.answer is None:
        _note_failure(context, known, sent.channel, tools.terms.submit_attempts)
    else:
        received = exchanges.received(known, sent.channel, sent.names, context.now)
        await follow(context, received, Answered(sent.opened, sent.answer, sent.held), tools)
    return None


def _note_failure(context: Context, known: Exchange, channel: str, most_attempts: int) -> None:
    context.work.publish(
        RecordFailedAttempt(
            authorization_id=known.id, work_item_id=known.work_item_id, attempt=known.attempt, failure_code=FAILURE, channel=channel
        )
    )
    failed, delay = exchanges.failed(known, channel, most_attempts, context.now)
    wait(context, failed, delay)
