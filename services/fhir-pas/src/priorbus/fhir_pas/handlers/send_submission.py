"""A permit was granted: contact the payer, then record what it said (fhir-pas.md 24, step 2)."""

from dataclasses import dataclass
from functools import partial

from priorbus.contracts.commands.fhir_pas import SendSubmission
from priorbus.contracts.commands.requirements import RecordFailedAttempt
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain import preparation
from priorbus.fhir_pas.domain.bases import PAS_2_2
from priorbus.fhir_pas.domain.claim_bundle.urls import claim_identifier_value
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.preparation import Package
from priorbus.fhir_pas.domain.remote.inquiries import claim_names
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.reporting import record_answer, wait
from priorbus.fhir_pas.ports import PayerConnector, PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Result
from priorbus.runtime.work import Reader

FAILURE = "payer_unreachable"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, how, and the answer; None when the payer was not reached."""

    package: Package
    channel: str
    answer: PayerAnswer | None


def observing(connector: PayerConnector, terms: Terms) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, connector=connector, terms=terms)


def handling(terms: Terms) -> Handler:
    """The handler with what it needs to know."""
    return partial(send_submission, most_attempts=terms.submit_attempts)


async def observe(command: SendSubmission, envelope: Envelope, reader: Reader, *, connector: PayerConnector, terms: Terms) -> Sent | None:
    """Send the attempt; None when it is not the one in hand. After a crash the same request goes out again under the same identifier."""
    known = await reader.get(EXCHANGES, envelope.tenant, command.authorization.id)
    if known is None or not exchanges.may_send(known, command.work_item_id, command.attempt):
        return None
    package = preparation.package(command.authorization, command.attempt, terms.public_base, known.sent)
    identifier = claim_identifier_value(command.authorization.id, command.attempt)
    at, base = command.authorization.updated_at, PAS_2_2.path
    about = {"attempt": command.attempt, "bundle": package.text, "tenant": envelope.tenant}
    files = preparation.attached_files(command.authorization, terms.public_base)
    request = payer_request(package.bundle, identifier, "authorization", base, at, files=files, **about)
    channel = await connector.channel(envelope.tenant)
    try:
        return Sent(package, channel, await connector.decide(request))
    except PayerUnreachable:
        return Sent(package, channel, None)


async def send_submission(command: SendSubmission, context: Context, *, most_attempts: int) -> Result:
    """Record the answer, or plan the next attempt."""
    sent: Sent | None = context.observed
    known = await context.work.get(EXCHANGES, context.tenant, command.authorization.id)
    if sent is None or known is None or not exchanges.may_send(known, command.work_item_id, command.attempt):
        return None
    if sent.answer is None:
        _note_failure(context, known, most_attempts)
    else:
        received = exchanges.received(known, sent.package.text, claim_names(sent.package.bundle), context.now)
        record_answer(context, received, sent.answer, sent.channel)
    return None


def _note_failure(context: Context, known: Exchange, most_attempts: int) -> None:
    note = RecordFailedAttempt(authorization_id=known.id, work_item_id=known.work_item_id, attempt=known.attempt, failure_code=FAILURE)
    context.work.publish(note)
    failed, delay = exchanges.failed(known, most_attempts, context.now)
    wait(context, failed, delay)
