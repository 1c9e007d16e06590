"""P4 to P8: what the payer side learned changes its case, or comes too late."""

import structlog

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.requirements.domain.lifecycle import evidence
from priorbus.requirements.domain.lifecycle.states import TERMINAL
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.handlers.saving import load, moment, save
from priorbus.requirements.metrics import LATE_EVIDENCE
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context

log = structlog.get_logger()


async def on_payer_evidence_recorded(fact: PayerEvidenceRecorded, context: Context, templates: Templates, terms: Terms) -> None:
    authorization = await load(context, fact.authorization_id)
    if authorization is None:
        log.warning("payer evidence for an unknown case", authorization_id=fact.authorization_id)
        return
    await apply_evidence(authorization, fact, context, templates, terms)


async def apply_evidence(
    authorization: Authorization, fact: PayerEvidenceRecorded, context: Context, templates: Templates, terms: Terms
) -> Authorization:
    """Save what follows from the evidence; the state after it."""
    compiled = await templates.pinned(authorization, context.work)
    decisions = evidence.decide(authorization, fact, compiled, moment(context), terms)
    for decision in decisions:
        save(context, decision)
    if decisions and authorization.state in TERMINAL:
        warn_late(authorization, fact)
    return decisions[-1].authorization if decisions else authorization


def warn_late(authorization: Authorization, fact: PayerEvidenceRecorded) -> None:
    """Somebody must look at what the payer said after the end (4.3)."""
    LATE_EVIDENCE.labels(fact.evidence.kind).inc()
    log.warning("late payer evidence", authorization_id=authorization.id, state=authorization.state, kind=fact.evidence.kind)
