"""P4 to P8: what the payer connector learned (authorizations.md 4.3)."""

from typing import Final

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.ignored import ignore
from priorbus.requirements.domain.lifecycle.information_request import record_request
from priorbus.requirements.domain.lifecycle.late_evidence import record_late
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.receipt import record_receipt
from priorbus.requirements.domain.lifecycle.states import TERMINAL
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.domain.lifecycle.verdict import complete
from priorbus.requirements.domain.questionnaire import CompiledTemplate

VERDICTS: Final = frozenset({"approved", "denied", "modified", "not_required", "failure"})


def decide(
    authorization: Authorization, recorded: PayerEvidenceRecorded, compiled: CompiledTemplate, moment: Moment, terms: Terms
) -> tuple[Decision, ...]:
    """The writes that follow, in order: none for evidence already applied, two when a request for information is also the first receipt."""
    if recorded.evidence_id in authorization.evidence:
        return ()
    known = authorization.model_copy(update={"evidence": (*authorization.evidence, recorded.evidence_id)})
    evidence = recorded.evidence
    if authorization.state in TERMINAL:
        return (record_late(known, evidence, moment),)
    if not concerns(authorization, recorded):
        return (ignore(known, moment, evidence.kind),)
    if evidence.kind in VERDICTS:
        return (complete(known, evidence, moment, terms),)
    if evidence.kind == "receipt":
        return record_receipt(known, evidence, moment, terms)
    return with_request(known, evidence, compiled, moment, terms)


def with_request(
    authorization: Authorization, evidence: Evidence, compiled: CompiledTemplate, moment: Moment, terms: Terms
) -> tuple[Decision, ...]:
    """P5; in state submitting it is P4 and then P5."""
    receipts = record_receipt(authorization, evidence, moment, terms) if authorization.state == "submitting" else ()
    latest = receipts[-1].authorization if receipts else authorization
    return (*receipts, record_request(latest, evidence, compiled, moment))


def concerns(authorization: Authorization, recorded: PayerEvidenceRecorded) -> bool:
    """Whether the evidence is about what the payer has of this case, and its kind can happen in this state.

    The payer has what was permitted last (`submitted_work`); a newer confirm does not take its verdict away.
    """
    current = authorization.work is not None and recorded.work_item_id == authorization.work.id
    submitted = recorded.work_item_id == authorization.submitted_work
    verdict = recorded.evidence.kind in VERDICTS
    match authorization.state:
        case "submitting":
            return current or (submitted and verdict)
        case "preparing":
            return (current or submitted) and verdict
        case "waiting_on_payer":
            return current or submitted
        case _:
            return (current or submitted) and authorization.receipt is not None and recorded.evidence.kind != "receipt"
