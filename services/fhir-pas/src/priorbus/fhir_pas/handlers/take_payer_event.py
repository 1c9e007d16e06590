"""Sandbox: what a tester lets the payer say shows in the ClaimResponse too; the case has heard it already (authorizations.md 11.3)."""

from collections.abc import Iterable
from functools import partial

from priorbus.contracts.commands.fhir_pas import TakePayerEvent
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.domain.case_answers import shown
from priorbus.fhir_pas.domain.payer_events import answer_of
from priorbus.fhir_pas.domain.submissions import attempt_id
from priorbus.fhir_pas.handlers.answering import Answered
from priorbus.fhir_pas.handlers.following import record
from priorbus.fhir_pas.handlers.opening import open_by_id
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.runtime.handling import Context, Handler, Observer, Result
from priorbus.runtime.work import Reader, Ref


def observing(tools: Tools) -> Observer:
    """What the event is about."""
    return partial(observe, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(take_payer_event, tools=tools)


def expects(told: Answered | None, tenant: str) -> Iterable[Ref]:
    """The aggregates that recording the event needs."""
    return () if told is None else told.touches(tenant)


async def observe(command: TakePayerEvent, envelope: Envelope, reader: Reader, *, tools: Tools) -> Answered | None:
    """The event as an answer; None when that attempt was not sent."""
    tenant = envelope.tenant
    opened = await open_by_id(attempt_id(command.authorization_id, command.attempt), tenant, reader, tools)
    if opened is None:
        return None
    own = await tenant_tools(tenant, reader, tools)
    request = opened.request(tenant, envelope.time)
    return Answered(opened, shown(answer_of(command.evidence, request), request, tasks=own.terms.emits_tasks))


async def take_payer_event(command: TakePayerEvent, context: Context, *, tools: Tools) -> Result:
    """Record it, unless another attempt came since."""
    told: Answered | None = context.observed
    if told is not None:
        await record(context, told, tools)
    return None
