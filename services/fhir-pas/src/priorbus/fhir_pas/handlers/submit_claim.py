"""`Claim/$submit` (fhir-pas.md 8): persist everything in one transaction, answer."""

from collections.abc import Iterable, Sized
from functools import partial
from typing import Any

import orjson

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCE_HISTORY, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.acceptance import Accepted, Outcome, accept, entry_keys, wanted_keys
from priorbus.fhir_pas.domain.announcements import announcements
from priorbus.fhir_pas.domain.bases import FHIR
from priorbus.fhir_pas.domain.late_answers import first_answer, has_pended
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.submissions import Submission, answer_json
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.fhir_pas.handlers.bodies import rejected, reply
from priorbus.fhir_pas.handlers.considering import Considered, consider
from priorbus.fhir_pas.handlers.prior import lost_race
from priorbus.fhir_pas.handlers.revising import timer_key, wait
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.runtime.handling import Context, Handler, Observer, Result, TransientError
from priorbus.runtime.work import Ref


def touches(command: SubmitClaim, tenant: str) -> Iterable[Ref]:
    """The resources that a request on `/fhir` writes, read off the body before it is validated; a body that is odd names none."""
    if command.base != FHIR.path:
        return ()
    try:
        entries = orjson.loads(command.body or "{}").get("entry", ())
        keys = {f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in entries}
    except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError):
        return ()
    return tuple(Ref(RESOURCES, tenant, key) for key in keys)


def observing(tools: Tools) -> Observer:
    """The handler's contact with payer and object store."""
    return partial(consider, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(submit_claim, public_base=tools.terms.public_base)


async def submit_claim(command: SubmitClaim, context: Context, *, public_base: str) -> Result | Refusal:
    """Answer from before, or persist and answer."""
    considered: Considered | Rejection = context.observed
    if isinstance(considered, Rejection):
        return rejected(considered, public_base)
    known = await context.work.get(SUBMISSIONS, context.tenant, considered.submission_id)
    if known is not None:
        return reply(200, known.response, **_counted(known.warnings), **{"Idempotency-Replayed": "true"})
    if considered.answer is None:
        raise TransientError("the answer to a duplicate is not there any more")
    if considered.prior is not None:
        current = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, considered.prior.id)
        if current != considered.prior:
            return rejected(lost_race(current), public_base)
        context.work.unschedule(timer_key(considered.prior.head))
    outcome = await _accept(considered, considered.answer, context, public_base)
    _persist(command, considered, outcome, context)
    return reply(200, outcome.bundle, **_counted(considered.warnings))


async def _accept(considered: Considered, answer: PayerAnswer, context: Context, public_base: str) -> Outcome:
    accepted = Accepted(
        considered.validated,
        first_answer(answer, context.now.date().isoformat()),
        considered.base,
        context.envelope.client,
        considered.submission_id,
        public_base,
        considered.prior,
    )
    wanted = wanted_keys(considered.validated.bundle) if considered.base.release == "seed" else ()
    known = {key: await context.work.get(RESOURCES, context.tenant, key) for key in wanted}
    keys = entry_keys(accepted, known)
    for key in keys:
        if key not in known:
            known[key] = await context.work.get(RESOURCES, context.tenant, key)
    return accept(accepted, keys, known, context.now)


def _persist(command: SubmitClaim, considered: Considered, outcome: Outcome, context: Context) -> None:
    work, tenant = context.work, context.tenant
    for change in outcome.changes:
        if change.before is not None:
            work.put(RESOURCE_HISTORY, tenant, change.before)
        work.put(RESOURCES, tenant, change.after)
    work.put(CLAIM_AUTHORIZATIONS, tenant, outcome.authorization)
    work.put(SUBMISSIONS, tenant, _submission(command, considered, outcome, context))
    for fact in announcements(outcome, command.base, context.now):
        work.publish(fact)
    if outcome.answer.poll_after is not None and has_pended(outcome.answer):
        wait(context, outcome.submission_id, 1, outcome.answer.poll_after)


def _submission(command: SubmitClaim, considered: Considered, outcome: Outcome, context: Context) -> Submission:
    return Submission(
        id=outcome.submission_id,
        authorization_id=outcome.authorization.id,
        client=context.envelope.client,
        base=command.base,
        claim_id=outcome.claim.id,
        claim_version=outcome.claim.version_id,
        claim_response_id=outcome.response.id,
        sha256=command.sha256,
        media_type=command.media_type,
        raw=considered.raw if command.body_key is None else None,
        raw_key=command.body_key,
        keys=outcome.keys,
        identifiers=command.identifiers,
        warnings=tuple(f"{issue.rule} {issue.expression}" for issue in considered.warnings),
        answer=answer_json(outcome.answer),
        polls=1,
        response=outcome.bundle,
        created_at=context.now,
    )


def _counted(warnings: Sized) -> dict[str, Any]:
    return {"X-Validation-Warnings": str(len(warnings))} if warnings else {}
