"""A timer of an exchange fired: ask the payer for news, ask for the next permit, or give up (authorizations.md 4.6.4, 11.2)."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from priorbus.contracts.commands.fhir_pas import AdvanceExchange
from priorbus.contracts.commands.requirements import GrantPermit
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.bases import PAS_2_2
from priorbus.fhir_pas.domain.claim_bundle.urls import claim_identifier_value
from priorbus.fhir_pas.domain.evidence import unreachable
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.payer import PayerAnswer, PayerRequest
from priorbus.fhir_pas.handlers.reporting import record_answer, report, save, wait
from priorbus.fhir_pas.ports import PayerConnector, PayerUnreachable
from priorbus.runtime.handling import Context, Observer, Result
from priorbus.runtime.work import Reader


@dataclass(frozen=True, slots=True)
class News:
    """How the payer is reached, and its answer to a poll; None when it was not reached, or not `asked`."""

    channel: str
    answer: PayerAnswer | None = None
    asked: bool = False


def observing(connector: PayerConnector) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, connector=connector)


async def observe(command: AdvanceExchange, envelope: Envelope, reader: Reader, *, connector: PayerConnector) -> News:
    """Poll the payer when the exchange waits for news."""
    channel = await connector.channel(envelope.tenant)
    known = await reader.get(EXCHANGES, envelope.tenant, command.exchange_id)
    if known is None or known.timer != command.step or known.status != "received" or known.sent is None:
        return News(channel)
    request = sent_request(known, known.sent, envelope.tenant, envelope.time)
    try:
        return News(channel, await connector.poll(request, known.step), asked=True)
    except PayerUnreachable:
        return News(channel, asked=True)


def sent_request(exchange: Exchange, sent: bytes, tenant: str, at: datetime) -> PayerRequest:
    """The attempt that the payer has, as it knows it."""
    identifier = claim_identifier_value(exchange.id, exchange.sent_attempt)
    about = {"attempt": exchange.sent_attempt, "bundle": sent, "tenant": tenant}
    return payer_request(parse(sent), identifier, "authorization", PAS_2_2.path, at, **about)


async def advance_exchange(command: AdvanceExchange, context: Context) -> Result:
    """One step on; a timer that was replaced meanwhile does nothing."""
    news: News = context.observed
    known = await context.work.get(EXCHANGES, context.tenant, command.exchange_id)
    if known is None or known.timer != command.step:
        return None
    if known.status == "retrying":
        _ask_again(context, known)
    elif known.status == "giving_up":
        attempts = known.attempt - known.first_attempt + 1
        save(context, exchanges.closed(report(context, known, unreachable(news.channel, attempts, context.now)), context.now))
    elif known.status == "received":
        _take_news(context, known, news)
    return None


def _ask_again(context: Context, known: Exchange) -> None:
    asking = exchanges.next_permit(known, context.now)
    save(context, asking)
    context.work.publish(GrantPermit(authorization_id=asking.id, work_item_id=asking.work_item_id, attempt=asking.attempt))


def _take_news(context: Context, known: Exchange, news: News) -> None:
    if not news.asked:
        return
    if news.answer is None:
        wait(context, exchanges.waiting(known, context.now, polled=False), exchanges.poll_backoff(known))
    else:
        record_answer(context, known, news.answer, news.channel)
