"""The first transaction of an attempt of a case: its Bundle is stored like one that came through FHIR (fhir-pas.md 24, step 2)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from priorbus.contracts.commands.fhir_pas import SendSubmission
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, EXCHANGES, RAW_REQUESTS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.acceptance import Accepted, Opening, wanted_keys
from priorbus.fhir_pas.domain.bases import PAS_2_2
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, RawRequest, Submission, answer_json, attempt_id
from priorbus.fhir_pas.domain.validation import Validated
from priorbus.fhir_pas.handlers.considering import OPERATION
from priorbus.fhir_pas.handlers.persisting import opening_of, persist
from priorbus.runtime.handling import Context
from priorbus.runtime.work import Reader, Ref

INTERNAL: Final = ""
"""The client to which everything belongs that is made of cases of the REST API: no client of FHIR can have this name."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A step for `Outside.commit`. Its result's `filed` is false when the attempt is not the one in hand any more.

    `text` is the request as it is sent, `request` what it says.
    """

    command: SendSubmission
    text: bytes
    request: Validated
    public_base: str

    def touches(self, tenant: str) -> Iterator[Ref]:
        """The aggregates to load ahead."""
        case = self.command.authorization.id
        yield from (Ref(collection, tenant, case) for collection in (EXCHANGES, CLAIM_AUTHORIZATIONS))
        yield Ref(SUBMISSIONS, tenant, self._id)
        yield from (Ref(RESOURCES, tenant, key) for key in wanted_keys(self._accepted(None)))

    async def __call__(self, context: Context) -> dict[str, Any]:
        case, attempt = self.command.authorization, self.command.attempt
        known = await context.work.get(EXCHANGES, context.tenant, case.id)
        if not exchanges.may_send(known, self.command.work_item_id, attempt):
            return {"filed": False}
        if await context.work.get(SUBMISSIONS, context.tenant, self._id) is None:
            prior = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, case.id)
            opening = await opening_of(self._accepted(prior), context)
            persist(self._submission(opening, prior, context), opening, context)
            context.work.put(RAW_REQUESTS, context.tenant, self._raw(context))
        return {"filed": True}

    @property
    def _id(self) -> str:
        return attempt_id(self.command.authorization.id, self.command.attempt)

    def _accepted(self, prior: ClaimAuthorization | None) -> Accepted:
        return Accepted(
            validated=self.request,
            base=PAS_2_2,
            client=INTERNAL,
            submission_id=self._id,
            public_base=self.public_base,
            prior=prior,
            authorization_id=self.command.authorization.id,
        )

    def _submission(self, opening: Opening, prior: ClaimAuthorization | None, context: Context) -> Submission:
        return Submission(
            id=self._id,
            attempt=self.command.attempt,
            authorization_id=opening.authorization.id,
            client=INTERNAL,
            base=PAS_2_2.path,
            claim_id=opening.claim.id,
            claim_version=opening.claim.version_id,
            claim_response_id=opening.response_id,
            previous=None if prior is None else prior.head,
            updates="related" in self.request.bundle["entry"][0]["resource"],
            keys=opening.keys,
            answer=answer_json(PayerAnswer()),
            created_at=context.now,
        )

    def _raw(self, context: Context) -> RawRequest:
        return RawRequest(
            id=self._id,
            operation=OPERATION,
            client=INTERNAL,
            base=PAS_2_2.path,
            media_type="application/fhir+json",
            sha256=hashlib.sha256(self.text).hexdigest(),
            status=200,
            body=self.text,
            received_at=context.now,
        )


async def sent_bundle(exchange: Exchange | None, tenant: str, reader: Reader) -> bytes | None:
    """What the payer has received last of a case."""
    if exchange is None or not exchange.sent_attempt:
        return None
    raw = await reader.get(RAW_REQUESTS, tenant, attempt_id(exchange.id, exchange.sent_attempt))
    return None if raw is None else raw.body
