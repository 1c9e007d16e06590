"""`Claim/$submit` (fhir-pas.md 8): validate, ask the payer, persist everything in one transaction, answer."""

import hashlib
from collections.abc import Iterable, Sized
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import orjson

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCE_HISTORY, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.acceptance import Accepted, Outcome, accept, wanted_keys
from priorbus.fhir_pas.domain.announcements import announcements
from priorbus.fhir_pas.domain.bases import FHIR
from priorbus.fhir_pas.domain.business_checks import business_error
from priorbus.fhir_pas.domain.duplicates import duplicate_key
from priorbus.fhir_pas.domain.fhir_json import dump
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.operation_outcome import operation_outcome
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.references import Links
from priorbus.fhir_pas.domain.submissions import Submission, answers_again, submission_id
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.domain.validation import Rejection, Validated, check_references, validate_submission
from priorbus.fhir_pas.ports import PayerConnector, PayerUnreachable, RequestBodies
from priorbus.runtime.handling import Context, Handler, Observer, Result, TransientError
from priorbus.runtime.work import Reader, Ref

OPERATION = "Claim/$submit"
BASES = {FHIR.path: FHIR}
_NO_BASE = Issue("", "error", "not-found", "Unknown base", "this operation is not served on this base", "")


@dataclass(frozen=True, slots=True)
class Considered:
    """A valid request and the submission it becomes; `answer` is None when that is there already and nobody was asked."""

    validated: Validated
    warnings: tuple[Issue, ...]
    submission_id: str
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
    base = BASES.get(command.base)
    if base is None:
        return Rejection(404, (_NO_BASE,))
    strictness = Strictness(base)
    raw = command.body.encode() if command.body is not None else await _fetched(command, bodies)
    validated = validate_submission(command.body if command.body is not None else raw, strictness)
    if isinstance(validated, Rejection):
        return validated
    stored = await _stored(validated.links, envelope, reader)
    warnings = check_references(validated, strictness, stored=stored)
    if isinstance(warnings, Rejection):
        return warnings
    key = duplicate_key(validated.bundle, envelope.tenant, envelope.client, f"{command.base}/{OPERATION}")
    id_, known = await _latest(key, envelope, reader, terms)
    if known is not None:
        return Considered(validated, warnings, id_, raw, None)
    error = business_error(validated.bundle["entry"][0]["resource"], validated.links, stored)
    request = payer_request(validated.bundle, id_, "fhir", command.base, envelope.time, bundle=raw)
    answer = PayerAnswer(error=error) if error else await _ask(connector, request)
    return Considered(validated, warnings, id_, raw, answer)


async def _latest(key: str, envelope: Envelope, reader: Reader, terms: Terms) -> tuple[str, Submission | None]:
    """The submission that still answers this request, or the id of the one to be."""
    for generation in count():
        id_ = submission_id(key, generation)
        known = await reader.get(SUBMISSIONS, envelope.tenant, id_)
        if known is None or answers_again(known, terms.replay_window, envelope.time):
            return id_, known
    raise AssertionError("counting has no end")


async def _fetched(command: SubmitClaim, bodies: RequestBodies) -> bytes:
    raw = await bodies.read(command.body_key or "")
    if hashlib.sha256(raw).hexdigest() != command.sha256:
        raise ValueError("the stored body is not the announced one")
    return raw


async def _stored(links: Links, envelope: Envelope, reader: Reader) -> frozenset[str]:
    """Those unresolved references that the client's own stored resources answer (resolution step 5)."""
    found = set()
    for key in {link.type_and_id for link in links.unresolved()} - {None}:
        resource = await reader.get(RESOURCES, envelope.tenant, str(key))
        if resource is not None and resource.client == envelope.client:
            found.add(str(key))
    return frozenset(found)


async def _ask(connector: PayerConnector, request: PayerRequest) -> PayerAnswer:
    """The payer's answer; everything is pended while the payer is away."""
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
    known = await context.work.get(SUBMISSIONS, context.tenant, considered.submission_id)
    if known is not None:
        return _reply(200, known.response, **_counted(known.warnings), **{"Idempotency-Replayed": "true"})
    if considered.answer is None:
        raise TransientError("the answer to a duplicate is not there any more")
    outcome = await _accept(considered, considered.answer, context, terms)
    _persist(command, considered, outcome, context)
    return _reply(200, outcome.bundle, **_counted(considered.warnings))


async def _accept(considered: Considered, answer: PayerAnswer, context: Context, terms: Terms) -> Outcome:
    known = {key: await context.work.get(RESOURCES, context.tenant, key) for key in wanted_keys(considered.validated.bundle)}
    client = context.envelope.client
    accepted = Accepted(considered.validated, answer, client, considered.submission_id, terms.public_base)
    return accept(accepted, known, context.now)


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
