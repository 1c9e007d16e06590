"""P4: the payer has the request (authorizations.md 4.3, 4.5)."""

from priorbus.contracts.authorizations import Authorization, PayerReceipt, Sla
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.facts.requirements import PayerEvidenceApplied
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.snapshots import is_urgent
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.domain.lifecycle.timers import sla_timers


def record_receipt(authorization: Authorization, evidence: Evidence, moment: Moment, terms: Terms) -> tuple[Decision, ...]:
    """Submitting becomes waiting_on_payer; while waiting, a receipt that says nothing new is no write."""
    if authorization.state == "waiting_on_payer" and not differs(authorization.receipt, evidence):
        return ()
    draft = Draft(authorization, moment, "payer")
    draft.change(state="waiting_on_payer")
    keep_receipt(draft, evidence)
    start_clock(draft, evidence, terms)
    if draft.after.sla is not None and authorization.sla is None:
        draft.schedule(*sla_timers(authorization, draft.after.sla))
    return (draft.finish(PayerEvidenceApplied),)


def keep_receipt(draft: Draft, evidence: Evidence) -> None:
    """Store the receipt; a reference number that the payer leaves out this time is kept."""
    former = draft.after.receipt
    reference = evidence.reference_number or (former.reference_number if former else None)
    receipt = PayerReceipt.model_construct(
        received_at=evidence.received_at,
        channel=evidence.channel,
        reference_number=reference,
        payer_status_text=evidence.payer_status_text,
        details=evidence.details,
    )
    draft.change(receipt=receipt)
    payload = {"referenceNumber": reference} if reference else None
    draft.tell("authorization.payer_receipt_recorded", payload, hasReferenceNumber=reference is not None)


def start_clock(draft: Draft, evidence: Evidence, terms: Terms) -> None:
    """The first receipt starts the payer's deadline."""
    if draft.after.sla is not None:
        return
    urgent = is_urgent(draft.after)
    allowed = terms.sla_expedited if urgent else terms.sla_standard
    started = evidence.received_at
    sla = Sla.model_construct(kind="expedited" if urgent else "standard", started_at=started, due_at=started + allowed)
    draft.change(sla=sla)


def differs(receipt: PayerReceipt | None, evidence: Evidence) -> bool:
    """Whether the payer says something that the stored receipt does not hold."""
    if receipt is None:
        return True
    reference = evidence.reference_number or receipt.reference_number
    stored = (receipt.channel, receipt.reference_number, receipt.payer_status_text)
    return stored != (evidence.channel, reference, evidence.payer_status_text)
