"""P4 to P8 after the end: kept where nothing is kept yet, announced, and never a reason to reopen (authorizations.md 4.3)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.facts.requirements import PayerEvidenceApplied
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.receipt import keep_receipt
from priorbus.requirements.domain.lifecycle.verdict import DECIDED, keep_decision, outcome_of


def record_late(authorization: Authorization, evidence: Evidence, moment: Moment) -> Decision:
    """A canceled case fills the empty places of its submission; a completed one only notes."""
    draft = Draft(authorization, moment, "payer")
    payload = {"referenceNumber": evidence.reference_number} if evidence.reference_number else None
    draft.tell("authorization.late_payer_evidence", payload, evidenceKind=evidence.kind)
    if authorization.state != "canceled" or not fill(draft, evidence):
        return draft.finish_unversioned(PayerEvidenceApplied)
    return draft.finish(PayerEvidenceApplied)


def fill(draft: Draft, evidence: Evidence) -> bool:
    """Store receipt and decision where there is none; whether anything was stored."""
    before = draft.before
    receipt = before.receipt is None and (evidence.kind == "receipt" or evidence.reference_number is not None)
    decision = before.decision is None and evidence.kind in DECIDED
    if receipt:
        keep_receipt(draft, evidence)
    if decision:
        keep_decision(draft, evidence, outcome_of(evidence))
    return receipt or decision
