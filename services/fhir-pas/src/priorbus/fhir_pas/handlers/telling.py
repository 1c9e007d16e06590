"""Keep what Subscriptions will be told of a version of a ClaimResponse (fhir-pas.md 14.3)."""

from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.submissions import Submission, answer_json
from priorbus.fhir_pas.domain.subscriptions.events import ResponseChange, parties_of
from priorbus.fhir_pas.subscription_collections import RESPONSE_CHANGES
from priorbus.runtime.handling import Context


def keep_change(context: Context, scene: Scene, submission: Submission, response: StoredResource) -> None:
    """For every version but the one that was a synchronous answer; the fact `claim_response.changed` of the same work tells of it."""
    change = ResponseChange(
        claim_response_id=response.id,
        version=response.version_id,
        submission_id=submission.id,
        answer=answer_json(scene.answer),
        human_reviewed=scene.human_reviewed,
        parties=parties_of(scene, submission.identifiers),
        at=context.now,
    )
    context.work.put(RESPONSE_CHANGES, context.tenant, change)
