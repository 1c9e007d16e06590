"""A request waits for another one that is being decided (fhir-pas.md 11, 12)."""

import asyncio
from datetime import datetime, timedelta

from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import SUBMISSIONS
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.runtime.clock import utc_now
from priorbus.runtime.work import Reader

BUSY = Rejection(
    503, (Issue("", "error", "transient", "Still being decided", "an earlier request is being decided; send this one again", ""),)
)
_LOOK_AGAIN_SECONDS = 0.05


async def until_decided(submission_id: str, envelope: Envelope, reader: Reader, terms: Terms) -> Submission | Rejection:
    """The submission once it has an answer; a Rejection when the time of this request is over before."""
    end: datetime = envelope.time + terms.decision_budget
    while True:
        found = await reader.get(SUBMISSIONS, envelope.tenant, submission_id)
        if found is not None and not found.undecided:
            return found
        if found is None or utc_now() >= end:
            return BUSY
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def is_late(at: datetime, now: datetime, terms: Terms) -> bool:
    """Whether whoever sent a request at this time is not waiting any more."""
    return now - at > terms.decision_budget + timedelta(seconds=3)
