"""Submission is wanted: ask for the permit that allows to contact the payer (authorizations.md 4.6)."""

from priorbus.contracts.commands.fhir_pas import SubmitAuthorization
from priorbus.contracts.commands.requirements import GrantPermit
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange
from priorbus.runtime.handling import Context, Result


async def submit_authorization(command: SubmitAuthorization, context: Context) -> Result:
    known = await context.work.get(EXCHANGES, context.tenant, command.authorization.id)
    opened = exchange.awaiting_permit(known, command.authorization, command.work_item_id, context.now)
    context.work.put(EXCHANGES, context.tenant, opened)
    context.work.publish(GrantPermit(authorization_id=opened.id, work_item_id=opened.work_item_id, attempt=opened.attempt))
    return None
