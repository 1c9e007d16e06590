"""Sandbox: the payer says something now (authorizations.md 11.3)."""

from priorbus.contracts.commands.fhir_pas import TakePayerEvent
from priorbus.contracts.commands.requirements import InjectPayerEvent
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle import injection
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.handlers.on_payer_evidence_recorded import apply_evidence
from priorbus.requirements.handlers.saving import NOT_FOUND, load
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def inject_payer_event(command: InjectPayerEvent, context: Context, templates: Templates, terms: Terms) -> Result | Refusal:
    """Take the event as evidence, as if the connector had recorded it, and let the payer side show it."""
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    recorded = injection.decide(authorization, command)
    if isinstance(recorded, Refusal):
        return recorded
    after = await apply_evidence(authorization, recorded, context, templates, terms)
    if after is not authorization:
        told = TakePayerEvent(authorization_id=authorization.id, attempt=recorded.attempt, evidence=recorded.evidence)
        context.work.publish(told)
    return {"authorization": after, "payer_event_id": command.event_id}
