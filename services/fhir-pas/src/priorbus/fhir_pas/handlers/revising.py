"""Record a later answer: the next version of the ClaimResponse, the response for replays, facts, and the next timer."""

from dataclasses import replace
from datetime import timedelta

from priorbus.contracts.commands.fhir_pas import DecideClaim
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCE_HISTORY, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.announcements import change
from priorbus.fhir_pas.domain.claim_keys import answer_keys
from priorbus.fhir_pas.domain.claim_response import outcome
from priorbus.fhir_pas.domain.fhir_json import Resource, dump
from priorbus.fhir_pas.domain.late_answers import has_pended
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.response_bundle import created_resources, entries, own_identifier, response_bundle, stored_response
from priorbus.fhir_pas.domain.retention import of_use_until
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.submissions import Submission, answer_json, decided_lines
from priorbus.fhir_pas.handlers.opening import Opened
from priorbus.fhir_pas.handlers.recording import count_change
from priorbus.fhir_pas.handlers.telling import keep_change
from priorbus.runtime.handling import Context


def timer_key(submission_id: str) -> str:
    """The key of the timer that decides pended items of a submission."""
    return f"claim/{submission_id}"


def wait(context: Context, submission_id: str, poll: int, delay: timedelta) -> None:
    """Ask the payer again after the delay; an earlier timer of the submission is replaced."""
    context.work.schedule(timer_key(submission_id), context.now + delay, DecideClaim(submission_id=submission_id, poll=poll))


async def revise(context: Context, opened: Opened, answer: PayerAnswer, public_base: str, *, human: bool = False) -> Submission:
    """Put the new versions and publish; `opened` is as of this work. Gives the submission after it."""
    before = opened.submission
    reviewed = before.human_reviewed or human
    scene = replace(opened.scene(public_base), answer=answer, human_reviewed=reviewed)
    response = await _put(context, stored_response(scene, opened.base), before.client)
    for made in created_resources(scene, opened.base):
        await _put(context, made, before.client)
    bundle = await _bundle(context, scene, opened)
    after = before.model_copy(
        update={
            "answer": answer_json(answer),
            "human_reviewed": reviewed,
            "claim_response_version": response.version_id,
            "response": dump(bundle),
        }
    )
    context.work.put(SUBMISSIONS, context.tenant, after)
    names = (*opened.authorization.keys, *answer_keys(answer))
    authorization = opened.authorization.model_copy(
        update={
            "claim_response_version": response.version_id,
            "outcome": outcome(answer, opened.base.release),
            "items": decided_lines(answer),
            "keys": tuple(dict.fromkeys(names)),
            "updated_at": context.now,
            "of_use_until": of_use_until(opened.bundle, answer, opened.authorization.of_use_until or opened.authorization.created_at),
        }
    )
    context.work.put(CLAIM_AUTHORIZATIONS, context.tenant, authorization)
    if response.version_id != before.claim_response_version:
        count_change(opened.answer.items, answer.items, before.created_at, context.now)
        keep_change(context, scene, after, response)
        for fact in change(authorization, response, after, context.now, finalised=not has_pended(answer)):
            context.work.publish(fact)
    return after


async def _bundle(context: Context, scene: Scene, opened: Opened) -> Resource:
    stored = {}
    if opened.base.release == "seed":
        made = [f"{one['resourceType']}/{one['id']}" for one in created_resources(scene, opened.base)]
        for key in (*scene.keys, f"ClaimResponse/{scene.response_id}", *made):
            resource = await context.work.get(RESOURCES, context.tenant, key)
            if resource is not None:
                stored[key] = resource
    return response_bundle(scene.bundle, entries(scene, opened.base, stored), own_identifier(scene), context.now)


async def _put(context: Context, content: Resource, client: str) -> StoredResource:
    known = await context.work.get(RESOURCES, context.tenant, f"{content['resourceType']}/{content['id']}")
    version = next_version(known, content, client, context.now)
    if version is not known:
        if known is not None:
            context.work.put(RESOURCE_HISTORY, context.tenant, known)
        context.work.put(RESOURCES, context.tenant, version)
    return version
