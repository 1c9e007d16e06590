"""What `$submit` learns before anything is written: is the request valid, known, an update (fhir-pas.md 8, 11, 12)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.attachments.request import too_long
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_keys import same_claim_key
from priorbus.fhir_pas.domain.duplicates import duplicate_key
from priorbus.fhir_pas.domain.issues import Issue, errors
from priorbus.fhir_pas.domain.references import Links
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission, answers_again, submission_id
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.domain.updates import Head, snapshot_issues
from priorbus.fhir_pas.domain.validation import Rejection, Validated, check_references, validate_submission
from priorbus.fhir_pas.handlers.bodies import body_of, too_large
from priorbus.fhir_pas.handlers.opening import open_head
from priorbus.fhir_pas.handlers.prior import Prior, find_prior, patient_of
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.handlers.waiting import until_decided
from priorbus.runtime.work import Reader

OPERATION = "Claim/$submit"
NO_BASE = Rejection(404, (Issue("", "error", "not-found", "Unknown base", "this operation is not served on this base", ""),))


@dataclass(frozen=True, slots=True)
class Considered:
    """A valid request and the submission it becomes, or `known` that it has become already.

    `updates` tells that it is an update, `prior` of which authorization, as it was found, `head` of what.
    """

    validated: Validated
    base: Base
    warnings: tuple[Issue, ...]
    submission_id: str
    raw: bytes
    known: Submission | None = None
    updates: bool = False
    prior: ClaimAuthorization | None = None
    head: Head | None = None


async def consider(command: SubmitClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> Considered | Rejection:
    """Phases 1 to 5, duplicate check, classification; `tools` are the tenant's."""
    base = tools.terms.base(command.base)
    if base is None:
        return NO_BASE
    strictness = tools.terms.strictness(base)
    raw = await body_of(command, tools.bodies)
    validated = too_large(command.size, tools.terms.limits) or validate_submission(raw, strictness, limits=tools.terms.limits)
    if isinstance(validated, Rejection):
        return validated
    oversized = too_long((one["resource"] for one in validated.bundle["entry"]), tools.terms.limits)
    if oversized is not None:
        return oversized
    stored = await stored_references(base, validated.links, envelope.tenant, envelope.client, reader)
    warnings = check_references(validated, strictness, stored=stored)
    if isinstance(warnings, Rejection):
        return warnings
    key = duplicate_key(validated.bundle, envelope.tenant, envelope.client, f"{command.base}/{OPERATION}")
    id_, known = await _latest(key, envelope, reader, tools.terms)
    valid = Considered(validated, base, warnings, id_, raw, known)
    return valid if known is not None else await _classified(valid, envelope, reader, tools)


async def _classified(valid: Considered, envelope: Envelope, reader: Reader, tools: Tools) -> Considered | Rejection:
    """What a new request updates, if it is an update."""
    prior = await find_prior(valid.validated, valid.base, envelope, tools.index)
    if isinstance(prior, Rejection):
        return prior
    head = await _head(prior, envelope, reader, tools)
    if isinstance(head, Rejection):
        return head
    claim = valid.validated.bundle["entry"][0]["resource"]
    missing = [] if head is None else snapshot_issues(claim, head, tools.terms.strictness(valid.base))
    if errors(missing):
        return Rejection(422, tuple(missing))
    noted = (*valid.warnings, *missing, *(await _same_identifiers(valid.validated, prior, envelope, tools)))
    return replace(valid, warnings=noted, updates=prior.is_update, prior=prior.authorization, head=head)


async def _head(prior: Prior, envelope: Envelope, reader: Reader, tools: Tools) -> Head | Rejection | None:
    """What is updated; an update of what is being decided waits for that."""
    if prior.authorization is None:
        return None
    opened = await open_head(prior.authorization, envelope.tenant, reader, tools)
    if opened is not None and opened.submission.undecided:
        decided = await until_decided(opened.submission.id, envelope, reader, tools.terms)
        if isinstance(decided, Rejection):
            return decided
        opened = await open_head(prior.authorization, envelope.tenant, reader, tools)
    return None if opened is None else Head(opened.claim, opened.answer)


async def _same_identifiers(validated: Validated, prior: Prior, envelope: Envelope, tools: Tools) -> Iterable[Issue]:
    """A new request under known identifiers is worth a warning (fhir-pas.md 11)."""
    claim = validated.bundle["entry"][0]["resource"]
    if prior.is_update or not claim.get("identifier"):
        return ()
    key = same_claim_key(claim, envelope.client, patient_of(validated))
    if not await tools.index.find(envelope.tenant, [key], 1):
        return ()
    text = "an earlier request has the same identifiers and patient"
    return (Issue("", "warning", "duplicate", "Known identifiers", text, "Bundle.entry[0].resource.identifier"),)


async def _latest(key: str, envelope: Envelope, reader: Reader, terms: Terms) -> tuple[str, Submission | None]:
    """The submission that still answers this request, or the id of the one to be."""
    for generation in count():
        id_ = submission_id(key, generation)
        known = await reader.get(SUBMISSIONS, envelope.tenant, id_)
        if known is None or known.opened_by == envelope.id or answers_again(known, terms.replay_window, envelope.time):
            return id_, known
    raise AssertionError("counting has no end")


async def stored_references(base: Base, links: Links, tenant: str, client: str, reader: Reader) -> frozenset[str]:
    """Those unresolved references that the client's own stored resources answer (resolution step 5, `/fhir` only)."""
    if base.release != "seed":
        return frozenset()
    found = set()
    for key in {link.type_and_id for link in links.unresolved()} - {None}:
        resource = await reader.get(RESOURCES, tenant, str(key))
        if resource is not None and resource.client == client:
            found.add(str(key))
    return frozenset(found)
