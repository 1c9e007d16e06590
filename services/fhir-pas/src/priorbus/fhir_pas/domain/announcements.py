"""Facts and public events of a submission: ids, versions and codes only (fhir-pas.md 25)."""

from datetime import datetime

from priorbus.contracts.events import Event
from priorbus.contracts.facts.fhir_pas import (
    ClaimCancelled,
    ClaimFact,
    ClaimResponseChanged,
    ClaimResponseFinalised,
    ClaimResponseRecorded,
    ClaimSubmitted,
    ClaimUpdated,
    InformationRequested,
)
from priorbus.fhir_pas.domain.acceptance import Outcome
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission


def announcements(outcome: Outcome, base: str, now: datetime) -> tuple[ClaimFact, ...]:
    """The facts of the first answer to a request."""
    claim, response = outcome.claim, outcome.response
    ids = {"submissionId": outcome.submission_id, "claimId": claim.id, "claimVersionId": str(claim.version_id), "base": base}
    submitted = Event(type="claim.submitted", sequence=claim.version_id, at=now, actor="customer", data={"id": claim.id, **ids})
    cancelled = outcome.updated and all(line.action == "C" for line in outcome.authorization.items)
    kind = ClaimCancelled if cancelled else ClaimUpdated if outcome.updated else ClaimSubmitted
    facts: list[ClaimFact] = [
        kind(subject_id=claim.id, version=claim.version_id, events=(submitted,)),
        ClaimResponseRecorded(
            subject_id=response.id, version=response.version_id, events=(_updated(outcome.authorization, response, ids, now),)
        ),
    ]
    if outcome.answer.wanted:
        facts.append(InformationRequested(subject_id=response.id, version=response.version_id, events=()))
    return tuple(facts)


def change(
    authorization: ClaimAuthorization, response: StoredResource, submission: Submission, now: datetime, *, finalised: bool
) -> tuple[ClaimFact, ...]:
    """The facts of a later version of a ClaimResponse."""
    ids = {
        "submissionId": submission.id,
        "claimId": submission.claim_id,
        "claimVersionId": str(submission.claim_version),
        "base": submission.base,
    }
    event = _updated(authorization, response, ids, now)
    changed = ClaimResponseChanged(subject_id=response.id, version=response.version_id, events=(event,))
    if not finalised:
        return (changed,)
    return (changed, ClaimResponseFinalised(subject_id=response.id, version=response.version_id, events=()))


def _updated(authorization: ClaimAuthorization, response: StoredResource, ids: dict[str, str], now: datetime) -> Event:
    decided = {
        "claimResponseId": response.id,
        "claimResponseVersionId": str(response.version_id),
        "outcome": authorization.outcome,
        "items": [{"sequence": line.sequence, "action": line.action} for line in authorization.items],
    }
    data = {"id": response.id, **ids, **decided}
    return Event(type="claim_response.updated", sequence=response.version_id, at=now, actor="payer", data=data)
