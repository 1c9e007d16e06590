"""What handlers of an exchange do alike: report evidence, set the next timer."""

from datetime import timedelta

from priorbus.contracts.commands.fhir_pas import AdvanceExchange
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.evidence import evidence
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.runtime.handling import Context


def record_answer(context: Context, exchange: Exchange, answer: PayerAnswer, channel: str) -> None:
    """Report what the payer said, if anything, and go on as it told."""
    learned = evidence(answer, exchange.service_code, channel, context.now)
    told = report(context, exchange, learned) if learned else exchange
    if answer.poll_after is None:
        save(context, exchanges.closed(told, context.now))
    else:
        wait(context, exchanges.waiting(told, context.now, polled=True), answer.poll_after)


def report(context: Context, exchange: Exchange, learned: Evidence) -> Exchange:
    """Publish evidence under an id of its own; the exchange that remembers it."""
    told, evidence_id = exchanges.reported(exchange)
    fact = PayerEvidenceRecorded(
        authorization_id=exchange.id,
        work_item_id=exchange.work_item_id,
        attempt=exchange.attempt,
        evidence_id=evidence_id,
        evidence=learned,
    )
    context.work.publish(fact)
    return told


def wait(context: Context, exchange: Exchange, delay: timedelta) -> None:
    """Save the exchange and wake it after the delay; an earlier timer of it is replaced."""
    save(context, exchange)
    due = context.now + delay
    context.work.schedule(f"exchange/{exchange.id}", due, AdvanceExchange(exchange_id=exchange.id, step=exchange.timer))


def save(context: Context, exchange: Exchange) -> None:
    """Put the exchange."""
    context.work.put(EXCHANGES, context.tenant, exchange)
