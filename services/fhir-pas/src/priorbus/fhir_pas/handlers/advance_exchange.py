"""A timer of an exchange fired: ask the payer for news, ask for the next permit, or give up (authorizations.md 4.6.4, 11.2)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from priorbus.contracts.commands.fhir_pas import AdvanceExchange
from priorbus.contracts.commands.requirements import GrantPermit
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.case_answers import shown
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.payer import UNABLE, PayerAnswer
from priorbus.fhir_pas.domain.submissions import attempt_id
from priorbus.fhir_pas.handlers.answering import Answered
from priorbus.fhir_pas.handlers.following import follow, save, wait
from priorbus.fhir_pas.handlers.opening import open_by_id
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Result
from priorbus.runtime.work import Reader, Ref


@dataclass(frozen=True, slots=True)
class Polled:
    """What the payer `told`, None when it was not `asked` or not reached. A next attempt goes by `channel`."""

    told: Answered | None = None
    asked: bool = True
    channel: str = ""


UNASKED: Final = Polled()
"""The payer was to be asked and was not reached."""
_NOTHING: Final = Polled(asked=False)


def observing(tools: Tools) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(advance_exchange, tools=tools)


def expects(polled: Polled, tenant: str) -> Iterable[Ref]:
    """The aggregates that recording the news needs."""
    if polled.told is None:
        return ()
    return (Ref(EXCHANGES, tenant, polled.told.opened.authorization.id), *polled.told.touches(tenant))


async def observe(command: AdvanceExchange, envelope: Envelope, reader: Reader, *, tools: Tools) -> Polled:
    """Poll the payer when the exchange waits for news; when no attempt is left, its silence is the news."""
    known = await reader.get(EXCHANGES, envelope.tenant, command.exchange_id)
    if known is None or known.timer != command.step:
        return _NOTHING
    if known.status == "retrying":
        return Polled(asked=False, channel=await tools.connector.channel(envelope.tenant))
    return await _poll(known, envelope, reader, tools) if _waits(known) else _NOTHING


async def _poll(known: Exchange, envelope: Envelope, reader: Reader, tools: Tools) -> Polled:
    tools = await tenant_tools(envelope.tenant, reader, tools)
    attempt = known.sent_attempt if known.hears else known.attempt
    opened = await open_by_id(attempt_id(known.id, attempt), envelope.tenant, reader, tools)
    if opened is None:
        return _NOTHING
    if known.status == "giving_up":
        return Polled(Answered(opened, PayerAnswer(error=UNABLE)))
    request = replace(opened.request(envelope.tenant, envelope.time), earlier=known.names)
    try:
        answer = await tools.connector.poll(request, known.step)
    except PayerUnreachable:
        return UNASKED
    return Polled(Answered(opened, shown(answer, request, tasks=tools.terms.emits_tasks)))


async def advance_exchange(command: AdvanceExchange, context: Context, *, tools: Tools) -> Result:
    """One step on; a timer that was replaced meanwhile does nothing."""
    polled: Polled = context.observed
    known = await context.work.get(EXCHANGES, context.tenant, command.exchange_id)
    if known is None or known.timer != command.step:
        return None
    if known.status == "retrying":
        _ask_again(context, known, polled.channel or known.channel)
    elif _waits(known):
        await _take(context, known, polled, tools)
    return None


def _waits(known: Exchange) -> bool:
    return known.hears or known.status == "giving_up"


async def _take(context: Context, known: Exchange, polled: Polled, tools: Tools) -> None:
    if polled.told is not None:
        await follow(context, known, polled.told, tools)
    elif polled.asked:
        wait(context, exchanges.waiting(known, context.now, polled=False), exchanges.poll_backoff(known))


def _ask_again(context: Context, known: Exchange, channel: str) -> None:
    asking = exchanges.next_permit(known, context.now)
    save(context, asking)
    context.work.publish(GrantPermit(authorization_id=asking.id, work_item_id=asking.work_item_id, attempt=asking.attempt, channel=channel))
