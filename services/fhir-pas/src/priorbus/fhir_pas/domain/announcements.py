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
from priorbus.fhir_pas.domain.acceptance import Opening
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission


def opened(opening: Opening, submission: Submission, now: datetime, *, cancels: bool) -> ClaimFact:
    """The fact that a request is persisted; `cancels` tells that it cancels every item."""
    claim = opening.claim
    event = Event(type="claim.submitted", sequence=claim.version_id, at=now, actor="customer", data={"id": claim.id, **_ids(submission)})
    is_new = submission.previous is None or not submission.updates
    kind = ClaimSubmitted if is_new else ClaimCancelled if cancels else ClaimUpdated
    return kind(subject_id=claim.id, version=claim.version_id, events=(event,))


def answered(
    authorization: ClaimAuthorization, response: StoredResource, submission: Submission, now: datetime, *, asks: bool
) -> tuple[ClaimFact, ...]:
    """The facts of the first answer; `asks` tells that documents are wanted."""
    event = _updated(authorization, response, _ids(submission), now)
    recorded = ClaimResponseRecorded(subject_id=response.id, version=response.version_id, events=(event,))
    if not asks:
        return (recorded,)
    return (recorded, InformationRequested(subject_id=response.id, version=response.version_id, events=()))


def told_late(response: StoredResource) -> ClaimFact:
    """The fact that makes a first answer known to Subscriptions, because nobody waited for it any more; its event is told already."""
    return ClaimResponseChanged(subject_id=response.id, version=response.version_id, events=())


def change(
    authorization: ClaimAuthorization, response: StoredResource, submission: Submission, now: datetime, *, finalised: bool
) -> tuple[ClaimFact, ...]:
    """The facts of a later version of a ClaimResponse."""
    event = _updated(authorization, response, _ids(submission), now)
    changed = ClaimResponseChanged(subject_id=response.id, version=response.version_id, events=(event,))
    if not finalised:
        return (changed,)
    return (changed, ClaimResponseFinalised(subject_id=response.id, version=response.version_id, events=()))


def _ids(submission: Submission) -> dict[str, str]:
    return {
        "submissionId": submission.id,
        "claimId": submission.claim_id,
        "claimVersionId": str(submission.claim_version),
        "base": submission.base,
    }


def _updated(authorization: ClaimAuthorization, response: StoredResource, ids: dict[str, str], now: datetime) -> Event:
    decided = {
        "claimResponseId": response.id,
        "claimResponseVersionId": str(response.version_id),
        "outcome": authorization.outcome,
        "items": [{"sequence": line.sequence, "action": line.action} for line in authorization.items],
    }
    data = {"id": response.id, **ids, **decided}
    return Event(type="claim_response.updated", sequence=response.version_id, at=now, actor="payer", data=data)
