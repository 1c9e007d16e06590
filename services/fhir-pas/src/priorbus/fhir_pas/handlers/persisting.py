"""The first transaction of a request, whichever way it came: its resources, its chain and the fact that tells of it (fhir-pas.md 8, 21)."""

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCE_HISTORY, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain import announcements
from priorbus.fhir_pas.domain.acceptance import Accepted, Opening, accept, entry_keys, wanted_keys
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.runtime.handling import Context


async def opening_of(accepted: Accepted, context: Context) -> Opening:
    """What is to be stored, beside what is stored already."""
    known = {key: await context.work.get(RESOURCES, context.tenant, key) for key in wanted_keys(accepted)}
    keys = entry_keys(accepted, known)
    for key in keys:
        if key not in known:
            known[key] = await context.work.get(RESOURCES, context.tenant, key)
    return accept(accepted, keys, known, context.now)


def persist(submission: Submission, opening: Opening, context: Context, *, cancels: bool = False) -> None:
    """Store it; `cancels` tells that the request cancels every item."""
    work, tenant = context.work, context.tenant
    for change in opening.changes:
        if change.before is not None:
            work.put(RESOURCE_HISTORY, tenant, change.before)
        work.put(RESOURCES, tenant, change.after)
    for one in opening.touched:
        work.put(RESOURCES, tenant, one)
    work.put(CLAIM_AUTHORIZATIONS, tenant, opening.authorization)
    work.put(SUBMISSIONS, tenant, submission)
    work.publish(announcements.opened(opening, submission, context.now, cancels=cancels))
