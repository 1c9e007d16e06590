"""P6, P7 and P8: the payer's final word, or the end without one (authorizations.md 3.2, 4.3)."""

from priorbus.contracts.authorizations import Authorization, Failure, Outcome
from priorbus.contracts.authorizations import Decision as PayerDecision
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.facts.requirements import PayerEvidenceApplied
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.receipt import differs, keep_receipt, start_clock
from priorbus.requirements.domain.lifecycle.states import PROCESSING
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.domain.lifecycle.timers import stop_timers

DECIDED = frozenset({"approved", "denied", "modified"})
OWN_FAILURES = frozenset({"payer_unreachable", "processing_failed"})
"""What is not the payer's word."""


def complete(authorization: Authorization, evidence: Evidence, moment: Moment, terms: Terms) -> Decision:
    """The case ends with an outcome, also under the customer's hands: payer truth wins."""
    failure = failure_of(evidence) if evidence.kind == "failure" else None
    draft = Draft(authorization, moment, "system" if failure is not None and failure.code in OWN_FAILURES else "payer")
    outcome = outcome_of(evidence)
    draft.change(state="completed", outcome=outcome, completed_at=moment.now, next_action=None)
    if authorization.state in PROCESSING and evidence.reference_number is not None and differs(authorization.receipt, evidence):
        keep_receipt(draft, evidence)
        start_clock(draft, evidence, terms)
    if evidence.kind in DECIDED:
        keep_decision(draft, evidence, outcome)
    if failure is not None:
        draft.change(failure=failure)
        tell_unsettled_attempt(draft, failure, evidence.channel)
    stop_timers(draft)
    draft.tell("authorization.completed", outcome=outcome)
    return draft.finish(PayerEvidenceApplied)


def tell_unsettled_attempt(draft: Draft, failure: Failure, channel: str) -> None:
    """A permitted attempt that Priorbus itself has broken off is told here; of others the connector has told already."""
    before = draft.before
    if failure.code == "processing_failed" and before.state == "submitting" and before.work is not None and before.work.permitted:
        draft.tell(
            "authorization.submission_failed",
            attemptNumber=before.work.attempt,
            channel=channel,
            failureCode=failure.code,
        )


def outcome_of(evidence: Evidence) -> Outcome:
    """The outcome that this kind of verdict means."""
    if evidence.kind == "failure":
        return "failed"
    if evidence.kind in ("approved", "denied", "modified", "not_required"):
        return evidence.kind
    raise ValueError(f"{evidence.kind} is no verdict")


def keep_decision(draft: Draft, evidence: Evidence, outcome: Outcome) -> None:
    """Store the decision; the payer's wording stays verbatim."""
    decision = PayerDecision.model_construct(
        received_at=evidence.received_at,
        authorization_number=evidence.authorization_number,
        payer_status_text=evidence.payer_status_text,
        effective_from=evidence.effective_from,
        effective_to=evidence.effective_to,
        modifications=modifications_of(evidence),
        denial_reasons=denial_reasons_of(evidence),
        denial_reason_codes=evidence.denial_reason_codes,
        items=evidence.items,
        details=evidence.details,
    )
    draft.change(decision=decision)
    payload = {"authorizationNumber": decision.authorization_number} if decision.authorization_number else None
    draft.tell("authorization.decision_recorded", payload, outcome=outcome)


def modifications_of(evidence: Evidence) -> tuple[str, ...]:
    """Never empty for a modified request."""
    if evidence.kind == "modified" and not evidence.modifications:
        return ("The payer modified the request.",)
    return evidence.modifications


def denial_reasons_of(evidence: Evidence) -> tuple[str, ...]:
    """Never empty for a denied request: built from the codes when the payer gave no text."""
    if evidence.kind != "denied" or evidence.denial_reasons:
        return evidence.denial_reasons
    return tuple(reason.display or reason.code for reason in evidence.denial_reason_codes) or ("The payer gave no reason.",)


def failure_of(evidence: Evidence) -> Failure:
    """Why there is no decision."""
    return evidence.failure or Failure(code="payer_rejected_request", message="The payer did not accept the request.")
