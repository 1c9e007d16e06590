"""`Claim/$submit` (fhir-pas.md 8): validate, ask the payer, persist everything in one transaction, answer."""

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, REPLAYS, RESOURCE_HISTORY, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.acceptance import Accepted, Outcome, accept, wanted_keys
from priorbus.fhir_pas.domain.announcements import announcements
from priorbus.fhir_pas.domain.bases import FHIR
from priorbus.fhir_pas.domain.business_checks import business_error
from priorbus.fhir_pas.domain.duplicates import duplicate_key
from priorbus.fhir_pas.domain.fhir_json import dump
from priorbus.fhir_pas.domain.identity import uuid_of
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.operation_outcome import operation_outcome
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.references import Links
from priorbus.fhir_pas.domain.submissions import Replay, Submission
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.domain.validation import Rejection, Validated, check_references, validate_submission
from priorbus.fhir_pas.ports import PayerConnector, PayerUnreachable, RequestBodies
from priorbus.runtime.handling import Context, Handler, Observer, Result, TransientError
from priorbus.runtime.work import Reader, Ref

OPERATION = "Claim/$submit"
BASES = {FHIR.path: FHIR}


@dataclass(frozen=True, slots=True)
class Considered:
    """A valid request with its duplicate key; `answer` is None when the request is a duplicate and nobody was asked."""

    validated: Validated
    warnings: tuple[Issue, ...]
    key: str
    raw: bytes
    answer: PayerAnswer | None


def touches(command: SubmitClaim, tenant: str) -> Iterable[Ref]:
    """The resources that the request writes, read off the body before it is validated; a body that is odd names none."""
    try:
        entries = orjson.loads(command.body or "{}").get("entry", ())
        keys = {f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in entries}
    except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError):
        return ()
    return tuple(Ref(RESOURCES, tenant, key) for key in keys)


def observing(connector: PayerConnector, bodies: RequestBodies, terms: Terms) -> Observer:
    """The handler's contact with payer and object store."""
    return partial(observe, connector=connector, bodies=bodies, terms=terms)


def handling(terms: Terms) -> Handler:
    """The handler with what it needs to know."""
    return partial(submit_claim, terms=terms)


async def observe(
    command: SubmitClaim, envelope: Envelope, reader: Reader, *, connector: PayerConnector, bodies: RequestBodies, terms: Terms
) -> Considered | Rejection:
    """Phases 1 to 5 and, unless the request is known, the payer's answer."""
    strictness = Strictness(BASES[command.base])
    raw = command.body.encode() if command.body is not None else await bodies.read(command.body_key or "")
    validated = validate_submission(command.body if command.body is not None else raw, strictness)
    if isinstance(validated, Rejection):
        return validated
    stored = await _stored(validated.links, envelope, reader)
    warnings = check_references(validated, strictness, stored=stored)
    if isinstance(warnings, Rejection):
        return warnings
    key = duplicate_key(validated.bundle, envelope.client, f"{command.base}/{OPERATION}")
    known = await reader.get(REPLAYS, envelope.tenant, key)
    if known is not None and envelope.time - known.at < terms.replay_window:
        return Considered(validated, warnings, key, raw, None)
    answer = await _answer(validated, envelope, raw, command.base, stored, connector)
    return Considered(validated, warnings, key, raw, answer)


async def _stored(links: Links, envelope: Envelope, reader: Reader) -> frozenset[str]:
    """Those unresolved references that the client's own stored resources answer (resolution step 5)."""
    found = set()
    for key in {link.type_and_id for link in links.unresolved()} - {None}:
        resource = await reader.get(RESOURCES, envelope.tenant, str(key))
        if resource is not None and resource.client == envelope.client:
            found.add(str(key))
    return frozenset(found)


async def _answer(
    validated: Validated, envelope: Envelope, raw: bytes, base: str, stored: frozenset[str], connector: PayerConnector
) -> PayerAnswer:
    error = business_error(validated.bundle["entry"][0]["resource"], validated.links, stored)
    if error:
        return PayerAnswer(error=error)
    request = payer_request(validated.bundle, uuid_of("submission", envelope.id), "fhir", base, envelope.time, bundle=raw)
    try:
        return await connector.decide(request)
    except PayerUnreachable:
        return _all_pended(request)


def _all_pended(request: PayerRequest) -> PayerAnswer:
    return PayerAnswer(items=tuple(ItemDecision(line.sequence, "A4") for line in request.lines))


async def submit_claim(command: SubmitClaim, context: Context, *, terms: Terms) -> Result:
    """Answer from before, or persist and answer."""
    considered: Considered | Rejection = context.observed
    if isinstance(considered, Rejection):
        body = dump(operation_outcome(considered.status, considered.issues, terms.public_base))
        return _reply(considered.status, body)
    known = await context.work.get(REPLAYS, context.tenant, considered.key)
    if known is not None and context.now - known.at < terms.replay_window:
        submission = await context.work.get(SUBMISSIONS, context.tenant, known.submission_id)
        if submission is not None:
            return _reply(200, submission.response, **_counted(submission.warnings), **{"Idempotency-Replayed": "true"})
    if considered.answer is None:
        raise TransientError("the answer to a duplicate is not there any more")
    outcome = await _accept(considered, considered.answer, context, terms)
    _persist(command, considered, outcome, context)
    return _reply(200, outcome.bundle, **_counted(considered.warnings))


async def _accept(considered: Considered, answer: PayerAnswer, context: Context, terms: Terms) -> Outcome:
    client, seed = context.envelope.client, context.envelope.id
    known = {key: await context.work.get(RESOURCES, context.tenant, key) for key in wanted_keys(considered.validated.bundle)}
    accepted = Accepted(considered.validated, considered.warnings, answer, client, seed, terms.public_base)
    return accept(accepted, known, context.now)


def _persist(command: SubmitClaim, considered: Considered, outcome: Outcome, context: Context) -> None:
    work, tenant = context.work, context.tenant
    for change in outcome.changes:
        if change.before is not None:
            work.put(RESOURCE_HISTORY, tenant, change.before)
        work.put(RESOURCES, tenant, change.after)
    work.put(CLAIM_AUTHORIZATIONS, tenant, outcome.authorization)
    work.put(SUBMISSIONS, tenant, _submission(command, considered, outcome, context))
    work.put(REPLAYS, tenant, Replay(key=considered.key, submission_id=outcome.submission_id, at=context.now))
    for fact in announcements(outcome, command.base, context.now):
        work.publish(fact)


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
        warnings=tuple(f"{issue.rule} {issue.expression}" for issue in considered.warnings),
        response=outcome.bundle,
        created_at=context.now,
    )


def _counted(warnings: Sized) -> dict[str, str]:
    return {"X-Validation-Warnings": str(len(warnings))} if warnings else {}


def _reply(status: int, body: bytes, **headers: str) -> dict[str, Any]:
    return {"status": status, "headers": headers, "body": body.decode()}
