"""The second transaction of `$submit`: the first answer of a submission (fhir-pas.md 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain import announcements
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.first_answer import FirstAnswer, decided, first_response
from priorbus.fhir_pas.domain.late_answers import first_answer, has_pended
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.submissions import Submission, answer_json
from priorbus.fhir_pas.handlers.associating import associate
from priorbus.fhir_pas.handlers.opening import Opened
from priorbus.fhir_pas.handlers.recording import count_first_answer
from priorbus.fhir_pas.handlers.revising import wait
from priorbus.fhir_pas.handlers.telling import keep_change
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.handlers.waiting import is_late
from priorbus.runtime.handling import Context
from priorbus.runtime.work import Ref


@dataclass(frozen=True, slots=True)
class Answered:
    """A persisted submission and its first answer.

    `stored` are its resources by `Type/id`, if they were persisted just now, `held` the attachments that wait for it.
    """

    opened: Opened
    answer: PayerAnswer
    held: Sequence[AttachmentSubmission] = ()
    stored: Mapping[str, StoredResource] = field(default_factory=dict)

    def touches(self, tenant: str) -> tuple[Ref, ...]:
        """The aggregates to load ahead."""
        submission = self.opened.submission
        return (Ref(SUBMISSIONS, tenant, submission.id), Ref(CLAIM_AUTHORIZATIONS, tenant, submission.authorization_id))


async def record_first_answer(answered: Answered, context: Context, tools: Tools) -> Submission:
    """The submission with its answer; another's, if that was recorded meanwhile. Raises RuntimeError when it is gone."""
    known = await context.work.get(SUBMISSIONS, context.tenant, answered.opened.submission.id)
    if known is None:
        raise RuntimeError("the submission is gone")
    if known.is_answered:
        return known
    answer = first_answer(answered.answer, context.now.date().isoformat())
    opened = replace(answered.opened, submission=known)
    scene = replace(opened.scene(tools.terms.public_base), answer=answer, created=context.now)
    stored = await _stored(answered, scene, context)
    made = first_response(scene, opened.base, known.client, stored)
    after = _with_answer(known, answer, made, context)
    context.work.put(SUBMISSIONS, context.tenant, after)
    count_first_answer(answer.items, known.created_at, context.now, tools.terms)
    for one in (made.response, *made.made):
        context.work.put(RESOURCES, context.tenant, one)
    await _announce(after, scene, made, opened, context, tools)
    await associate(answered.held, after.claim_id, after.authorization_id, context)
    if answer.poll_after is not None and (has_pended(answer) or answer.undelivered):
        wait(context, after.id, after.polls, answer.poll_after)
    return after


def _with_answer(known: Submission, answer: PayerAnswer, made: FirstAnswer, context: Context) -> Submission:
    return known.model_copy(
        update={
            "undecided": False,
            "answer": answer_json(answer),
            "claim_response_version": made.response.version_id,
            "response": made.bundle,
            "polls": 1,
            "answered_at": context.now,
        }
    )


async def _announce(after: Submission, scene: Scene, made: FirstAnswer, opened: Opened, context: Context, tools: Tools) -> None:
    authorization = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, after.authorization_id)
    if authorization is None:
        raise RuntimeError("the authorization is gone")
    chain = decided(authorization, scene, opened.base, context.now)
    if authorization.head == after.id:
        context.work.put(CLAIM_AUTHORIZATIONS, context.tenant, chain)
    for fact in announcements.answered(chain, made.response, after, context.now, asks=bool(scene.answer.wanted)):
        context.work.publish(fact)
    if is_late(after.created_at, context.now, tools.terms):
        keep_change(context, scene, after, made.response)
        context.work.publish(announcements.told_late(made.response))


async def _stored(answered: Answered, scene: Scene, context: Context) -> Mapping[str, StoredResource]:
    """The request's resources, which only `/fhir` shows in their stored form."""
    if answered.opened.base.release != "seed" or answered.stored:
        return answered.stored
    found = {key: await context.work.get(RESOURCES, context.tenant, key) for key in scene.keys}
    return {key: resource for key, resource in found.items() if resource is not None}


def replies_with(submission: Submission, **headers: str) -> dict[str, Any]:
    """The reply that shows a submission's answer."""
    counted = {"X-Validation-Warnings": str(len(submission.warnings))} if submission.warnings else {}
    touched = [f"Claim/{submission.claim_id}", f"ClaimResponse/{submission.claim_response_id}"]
    return {"status": 200, "headers": {**counted, **headers}, "body": submission.response.decode(), "resources": touched}
