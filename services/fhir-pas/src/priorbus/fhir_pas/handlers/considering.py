"""What `$submit` learns before its transaction: is the request valid, known, an update, and what says the payer (fhir-pas.md 8 to 12)."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.business_checks import business_error
from priorbus.fhir_pas.domain.claim_keys import same_claim_key
from priorbus.fhir_pas.domain.duplicates import duplicate_key
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.information import without_tasks
from priorbus.fhir_pas.domain.issues import Issue, errors
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.references import Links
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission, answers_again, submission_id
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.domain.updates import UNKNOWN_PRIOR, Head, Plan, merged, missing_sequences, plan
from priorbus.fhir_pas.domain.validation import Rejection, Validated, check_references, validate_submission
from priorbus.fhir_pas.handlers.bodies import body_of
from priorbus.fhir_pas.handlers.opening import open_head
from priorbus.fhir_pas.handlers.prior import Prior, find_prior, patient_of
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.work import Reader

OPERATION = "Claim/$submit"
NO_BASE = Rejection(404, (Issue("", "error", "not-found", "Unknown base", "this operation is not served on this base", ""),))
_AGAIN = timedelta(seconds=30)
_REPLY_TIME = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Considered:
    """A valid request and the submission it becomes; `answer` is None when that is there already and nobody was asked.

    `prior` is the authorization that it updates, as it was found.
    """

    validated: Validated
    base: Base
    warnings: tuple[Issue, ...]
    submission_id: str
    raw: bytes
    answer: PayerAnswer | None
    prior: ClaimAuthorization | None = None


async def consider(command: SubmitClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> Considered | Rejection:
    """Phases 1 to 5 and, unless the request is known, the payer's answer."""
    tools = await tenant_tools(envelope.tenant, reader, tools)
    base = tools.terms.base(command.base)
    if base is None:
        return NO_BASE
    strictness = tools.terms.strictness(base)
    raw = await body_of(command, tools.bodies)
    validated = validate_submission(raw, strictness)
    if isinstance(validated, Rejection):
        return validated
    stored = await stored_references(base, validated.links, envelope, reader)
    warnings = check_references(validated, strictness, stored=stored)
    if isinstance(warnings, Rejection):
        return warnings
    key = duplicate_key(validated.bundle, envelope.tenant, envelope.client, f"{command.base}/{OPERATION}")
    id_, known = await _latest(key, envelope, reader, tools.terms)
    considered = Considered(validated, base, warnings, id_, raw, None)
    return considered if known is not None else await _decided(considered, strictness, stored, envelope, reader, tools)


async def _decided(
    considered: Considered, strictness: Strictness, stored: frozenset[str], envelope: Envelope, reader: Reader, tools: Tools
) -> Considered | Rejection:
    """Find what it updates, then the answer."""
    validated = considered.validated
    claim = validated.bundle["entry"][0]["resource"]
    prior = await find_prior(validated, considered.base, envelope, tools.index)
    if isinstance(prior, Rejection):
        return prior
    head = await _head(prior, envelope, reader, tools)
    missing = missing_sequences(claim, head, strictness) if head is not None else []
    if errors(missing):
        return Rejection(422, tuple(missing))
    noted = (*considered.warnings, *missing, *(await _same_identifiers(considered, prior, envelope, tools)))
    request = payer_request(
        validated.bundle,
        considered.submission_id,
        "fhir",
        considered.base.path,
        envelope.time,
        bundle=considered.raw,
        tenant=envelope.tenant,
    )
    error = business_error(claim, validated.links, stored)
    if prior.is_update and prior.authorization is None and not tools.terms.adopts_unknown_prior:
        error = error or UNKNOWN_PRIOR
    if error is not None:
        answer = PayerAnswer(error=error)
    elif prior.is_update:
        answer = await _updated(request, plan(claim, head or Head({}, PayerAnswer())), head, tools)
    else:
        answer = await _ask(request, tools)
    answer = answer if tools.terms.emits_tasks else without_tasks(answer)
    return replace(considered, warnings=noted, answer=answer, prior=prior.authorization)


async def _head(prior: Prior, envelope: Envelope, reader: Reader, tools: Tools) -> Head | None:
    if prior.authorization is None:
        return None
    opened = await open_head(prior.authorization, envelope.tenant, reader, tools)
    return None if opened is None else Head(opened.bundle["entry"][0]["resource"], opened.answer)


async def _updated(request: PayerRequest, update: Plan, head: Head | None, tools: Tools) -> PayerAnswer:
    """Only what changed is sent to the payer."""
    if update.error is not None:
        return PayerAnswer(error=update.error)
    lines = tuple(line for line in request.lines if line.sequence in update.asked)
    answer = await _ask(replace(request, lines=lines), tools) if lines else PayerAnswer()
    return answer if answer.error else merged(update, answer, head or Head({}, PayerAnswer()))


async def _same_identifiers(considered: Considered, prior: Prior, envelope: Envelope, tools: Tools) -> Iterable[Issue]:
    """A new request under known identifiers is worth a warning (fhir-pas.md 11)."""
    claim = considered.validated.bundle["entry"][0]["resource"]
    if prior.is_update or not claim.get("identifier"):
        return ()
    key = same_claim_key(claim, envelope.client, patient_of(considered.validated))
    if not await tools.index.find(envelope.tenant, [key], 1):
        return ()
    text = "an earlier request has the same identifiers and patient"
    return (Issue("", "warning", "duplicate", "Known identifiers", text, "Bundle.entry[0].resource.identifier"),)


async def _latest(key: str, envelope: Envelope, reader: Reader, terms: Terms) -> tuple[str, Submission | None]:
    """The submission that still answers this request, or the id of the one to be."""
    for generation in count():
        id_ = submission_id(key, generation)
        known = await reader.get(SUBMISSIONS, envelope.tenant, id_)
        if known is None or answers_again(known, terms.replay_window, envelope.time):
            return id_, known
    raise AssertionError("counting has no end")


async def stored_references(base: Base, links: Links, envelope: Envelope, reader: Reader) -> frozenset[str]:
    """Those unresolved references that the client's own stored resources answer (resolution step 5, `/fhir` only)."""
    if base.release != "seed":
        return frozenset()
    found = set()
    for key in {link.type_and_id for link in links.unresolved()} - {None}:
        resource = await reader.get(RESOURCES, envelope.tenant, str(key))
        if resource is not None and resource.client == envelope.client:
            found.add(str(key))
    return frozenset(found)


async def _ask(request: PayerRequest, tools: Tools) -> PayerAnswer:
    """The payer's answer; everything is pended while the payer is away, or does not answer within the budget."""
    patience = tools.terms.decision_budget - _REPLY_TIME
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await tools.connector.decide(replace(request, patience=patience))
    except (PayerUnreachable, TimeoutError):
        return PayerAnswer(items=tuple(_pended(line.sequence, request) for line in request.lines), poll_after=_AGAIN)


def _pended(sequence: int, request: PayerRequest) -> ItemDecision:
    return ItemDecision(sequence, "A4", reference=number_of("PEND", request.identifier, str(sequence)))
