"""Facts and public events of a submission: ids, versions and codes only (fhir-pas.md 25)."""

from datetime import datetime

from priorbus.contracts.events import Event
from priorbus.contracts.facts.fhir_pas import ClaimResponseRecorded, ClaimSubmitted
from priorbus.fhir_pas.domain.acceptance import Outcome


def announcements(outcome: Outcome, base: str, now: datetime) -> tuple[ClaimSubmitted, ClaimResponseRecorded]:
    """The facts of the first answer to a request."""
    claim, response = outcome.claim, outcome.response
    ids = {
        "submissionId": outcome.submission_id,
        "claimId": claim.id,
        "claimVersionId": str(claim.version_id),
        "base": base,
    }
    decided = {
        "claimResponseId": response.id,
        "claimResponseVersionId": str(response.version_id),
        "outcome": outcome.authorization.outcome,
        "items": [{"sequence": line.sequence, "action": line.action} for line in outcome.authorization.items],
    }
    submitted = Event(type="claim.submitted", sequence=claim.version_id, at=now, actor="customer", data={"id": claim.id, **ids})
    updated = Event(
        type="claim_response.updated", sequence=response.version_id, at=now, actor="payer", data={"id": response.id, **ids, **decided}
    )
    return (
        ClaimSubmitted(subject_id=claim.id, version=claim.version_id, events=(submitted,)),
        ClaimResponseRecorded(subject_id=response.id, version=response.version_id, events=(updated,)),
    )
