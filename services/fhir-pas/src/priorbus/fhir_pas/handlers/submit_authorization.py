"""Submission is wanted: ask for the permit that allows to contact the payer (authorizations.md 4.6)."""

from functools import partial

from priorbus.contracts.commands.fhir_pas import SubmitAuthorization
from priorbus.contracts.commands.requirements import GrantPermit
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange
from priorbus.fhir_pas.ports import PayerConnector
from priorbus.runtime.handling import Context, Observer, Result
from priorbus.runtime.work import Reader


def observing(connector: PayerConnector) -> Observer:
    """The handler's look at how the payer is reached."""
    return partial(observe, connector=connector)


async def observe(_command: SubmitAuthorization, envelope: Envelope, _reader: Reader, *, connector: PayerConnector) -> str:
    """The channel of the attempt."""
    return await connector.channel(envelope.tenant)


async def submit_authorization(command: SubmitAuthorization, context: Context) -> Result:
    known = await context.work.get(EXCHANGES, context.tenant, command.authorization.id)
    opened = exchange.awaiting_permit(known, command.authorization, command.work_item_id, context.now)
    context.work.put(EXCHANGES, context.tenant, opened)
    context.work.publish(
        GrantPermit(authorization_id=opened.id, work_item_id=opened.work_item_id, attempt=opened.attempt, channel=context.observed)
    )
    return None
