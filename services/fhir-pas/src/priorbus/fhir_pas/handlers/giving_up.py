"""A case that can not be worked on ends in sight of its customer instead of waiting for ever in processing (authorizations.md 4.3, P8).

What the observer of a row raises at the last delivery of its message becomes a failure that is reported like payer evidence; without
this the message would be parked and nothing would follow.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import structlog

from priorbus.contracts.authorizations import Failure
from priorbus.contracts.commands.fhir_pas import AdvanceExchange, PrepareAuthorization, SendSubmission
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.evidence import UNREACHABLE
from priorbus.fhir_pas.domain.preparation import UnfitBundleError
from priorbus.fhir_pas.handlers.advance_exchange import UNASKED
from priorbus.fhir_pas.handlers.following import save
from priorbus.fhir_pas.metrics import GIVEN_UP
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Context, Handler, Observer, Outside, Result, Subscription
from priorbus.runtime.settlement import StoreUnavailable

UNPROCESSABLE: Final = Failure(code="processing_failed", message="Priorbus could not process the request. It was not submitted.")
UNSUBMITTED: Final = Failure(code="processing_failed", message="Priorbus could not process the answer of the payer, or got none.")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What an observer of a case brings back when nothing more will be tried."""

    failure: Failure


def ending_the_case(row: Subscription, deliveries: int) -> Subscription:
    """The row of a PrepareAuthorization or a SendSubmission, whose faults end the case after so many deliveries."""
    if row.observe is None:
        raise ValueError("only what looks outside can give up")
    GIVEN_UP.labels(row.message.wire_type)  # an alert on an increase needs a zero to start from
    return replace(row, observe=partial(_observe, row.observe, deliveries), handle=partial(_handle, row.handle))


def polling_on(row: Subscription, deliveries: int) -> Subscription:
    """The row of an AdvanceExchange: what the payer is asked after so many faults is asked once more later, under a new timer."""
    if row.observe is None:
        raise ValueError("only what looks outside can give up")
    GIVEN_UP.labels(row.message.wire_type)  # an alert on an increase needs a zero to start from
    return replace(row, observe=partial(_poll, row.observe, deliveries))


async def _observe(
    observe: Observer, deliveries: int, command: PrepareAuthorization | SendSubmission, envelope: Envelope, outside: Outside
) -> Any:
    try:
        return await observe(command, envelope, outside)
    except StoreUnavailable:
        raise
    except Exception as error:
        if envelope.attempt < deliveries and not isinstance(error, UnfitBundleError):
            raise
        log.error("case given up", authorization_id=command.authorization.id, message_type=envelope.type, error=error)  # noqa: TRY400
        GIVEN_UP.labels(envelope.type).inc()
        return GivenUp(_failure(command, error))


def _failure(command: PrepareAuthorization | SendSubmission, error: Exception) -> Failure:
    if isinstance(error.__cause__, PayerUnreachable):
        return UNREACHABLE
    return UNPROCESSABLE if isinstance(command, PrepareAuthorization) else UNSUBMITTED


async def _handle(handle: Handler, command: PrepareAuthorization | SendSubmission, context: Context) -> Result | Refusal:
    if not isinstance(context.observed, GivenUp):
        return await handle(command, context)
    case, attempt, channel = command.authorization, 0, command.authorization.route.channel
    if isinstance(command, SendSubmission):
        attempt, channel = command.attempt, command.channel
        known = await context.work.get(EXCHANGES, context.tenant, case.id)
        if known is None or not exchanges.may_send(known, command.work_item_id, attempt):
            return None
        save(context, exchanges.closed(known, context.now))
    learned = Evidence(kind="failure", channel=channel, received_at=context.now, failure=context.observed.failure)
    fact = PayerEvidenceRecorded(
        authorization_id=case.id,
        work_item_id=command.work_item_id,
        attempt=attempt,
        evidence_id=f"given_up/{command.work_item_id}/{attempt}",
        evidence=learned,
    )
    context.work.publish(fact)
    return None


async def _poll(observe: Observer, deliveries: int, command: AdvanceExchange, envelope: Envelope, outside: Outside) -> Any:
    try:
        return await observe(command, envelope, outside)
    except StoreUnavailable:
        raise
    except Exception as error:
        if envelope.attempt < deliveries:
            raise
        log.error("payer is asked again later", authorization_id=command.exchange_id, error=error)  # noqa: TRY400
        GIVEN_UP.labels(envelope.type).inc()
        return UNASKED
