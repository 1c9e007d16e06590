"""What is said about attachments: answers and facts (fhir-pas.md 16, 25)."""

from datetime import datetime

from priorbus.contracts.events import Event
from priorbus.contracts.facts.fhir_pas import (
    ClaimAttachmentAccepted,
    ClaimAttachmentAssociated,
    ClaimAttachmentCompleted,
    ClaimAttachmentHeld,
    ClaimFact,
)
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.resources import StoredResource

_HELD = (
    "No matching prior authorization was found for the given TrackingId. The attachments are held for association with a future request."
)
_MISSING = "No matching Claim found for the given TrackingId. Unsolicited attachments are not supported."
_DECIDED = ". The prior authorization is already decided."


def accepted_text(claim: StoredResource | None, *, decided: bool) -> str:
    """The diagnostics of a success."""
    if claim is None:
        return _HELD
    return f"Attachments accepted and associated with Claim/{claim.id}" + (_DECIDED if decided else "")


def missing_claim() -> Resource:
    """The one issue of an unsolicited attachment on `/fhir`."""
    return {"severity": "error", "code": "invalid", "diagnostics": _MISSING}


def attachment_events(
    submission_id: str, claim: StoredResource | None, *, final: bool, now: datetime, held: bool = False
) -> tuple[ClaimFact, ...]:
    """The facts of an accepted call: ids only; `held` when the attachments had waited for the Claim."""
    if claim is None:
        return (ClaimAttachmentHeld(subject_id=submission_id, version=1, events=()),)
    data = {"id": claim.id, "claimId": claim.id, "claimVersionId": str(claim.version_id), "submissionId": submission_id, "final": final}
    event = Event(type="claim_attachment.accepted", sequence=claim.version_id, at=now, actor="customer", data=data)
    kind = ClaimAttachmentAssociated if held else ClaimAttachmentAccepted
    accepted = kind(subject_id=claim.id, version=claim.version_id, events=(event,))
    return (accepted, ClaimAttachmentCompleted(subject_id=claim.id, version=claim.version_id, events=())) if final else (accepted,)
