"""A stored submission, opened again for another answer."""

from dataclasses import dataclass
from datetime import datetime

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RAW_REQUESTS, SUBMISSIONS
from priorbus.fhir_pas.domain.bases import BASES, Base
from priorbus.fhir_pas.domain.claim_bundle.urls import claim_identifier_value
from priorbus.fhir_pas.domain.fhir_json import Resource, parse, parse_object
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.payer import PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.references import Links
from priorbus.fhir_pas.domain.resources import CREATED_AT_URL
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.stand_ins import stand_ins
from priorbus.fhir_pas.domain.structure.reopen import links_of
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission, answer_of
from priorbus.fhir_pas.domain.updates import completed
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.runtime.work import Reader


@dataclass(frozen=True, slots=True)
class Opened:
    """The submission, its request as it came, and its authorization."""

    submission: Submission
    authorization: ClaimAuthorization
    bundle: Resource
    raw: bytes
    links: Links
    created_url: str = CREATED_AT_URL

    @property
    def claim(self) -> Resource:
        """The Claim with what stays of the one before it."""
        sent: Resource = self.bundle["entry"][0]["resource"]
        kept = self.submission.kept
        return completed(sent, parse_object(kept)) if kept != b"{}" else sent

    @property
    def whole(self) -> Resource:
        """The request with that Claim."""
        first, *others = self.bundle["entry"]
        return {**self.bundle, "entry": [{**first, "resource": self.claim}, *others]}

    @property
    def base(self) -> Base:
        """The base on which it came."""
        return BASES[self.submission.base]

    @property
    def answer(self) -> PayerAnswer:
        """What the payer has said so far."""
        return answer_of(self.submission)

    @property
    def is_head(self) -> bool:
        """Whether no update came after it."""
        return self.authorization.head == self.submission.id

    def scene(self, public_base: str) -> Scene:
        """What its responses are made of."""
        known = self.submission
        return Scene(
            submission_id=known.id,
            authorization_id=known.authorization_id,
            response_id=known.claim_response_id,
            bundle=self.bundle,
            kept=parse_object(known.kept),
            links=self.links,
            keys=known.keys,
            answer=self.answer,
            public_base=public_base,
            created=known.answered_at or known.created_at,
            human_reviewed=known.human_reviewed,
            created_url=self.created_url,
            stand_ins=stand_ins(known.insurer, known.identifiers),
        )

    def request(self, tenant: str, at: datetime) -> PayerRequest:
        """The request as the payer knows it."""
        known = self.submission
        about = {"bundle": self.raw, "tenant": tenant}
        if known.attempt:
            name = claim_identifier_value(known.authorization_id, known.attempt)
            return payer_request(self.bundle, name, "authorization", known.base, at, attempt=known.attempt, **about)
        return payer_request(self.whole, known.id, "fhir", known.base, at, reference=self.answer.reference, **about)


async def open_submission(submission: Submission, authorization: ClaimAuthorization, tenant: str, reader: Reader, tools: Tools) -> Opened:
    """Read the request's bytes and what refers to what in them."""
    kept = await reader.get(RAW_REQUESTS, tenant, submission.id)
    if kept is None:
        raise RuntimeError("the request of the submission is gone")
    raw = kept.body if kept.body is not None else await tools.bodies.read(kept.body_key or "")
    bundle = parse(raw)
    own_tools = await tenant_tools(tenant, reader, tools)
    return Opened(submission, authorization, bundle, raw, links_of(bundle), own_tools.terms.created_url)


async def open_by_id(submission_id: str, tenant: str, reader: Reader, tools: Tools) -> Opened | None:
    """The same by id; None when there is none."""
    submission = await reader.get(SUBMISSIONS, tenant, submission_id)
    authorization = await reader.get(CLAIM_AUTHORIZATIONS, tenant, submission.authorization_id) if submission else None
    if submission is None or authorization is None:
        return None
    return await open_submission(submission, authorization, tenant, reader, tools)


async def open_head(authorization: ClaimAuthorization, tenant: str, reader: Reader, tools: Tools) -> Opened | None:
    """The current submission of an authorization."""
    submission = await reader.get(SUBMISSIONS, tenant, authorization.head)
    return None if submission is None else await open_submission(submission, authorization, tenant, reader, tools)
