"""Submissions by Claim and ClaimResponse, in MongoDB."""

from priorbus.fhir_pas.aggregates import SUBMISSIONS
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.runtime.mongo import Store


class MongoSubmissionIndex:
    """Satisfies `SubmissionIndex`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_claim(self, tenant: str, claim_id: str) -> Submission | None:
        return await self._newest({"tenant": tenant, "claim_id": claim_id})

    async def of_claim_response(self, tenant: str, claim_response_id: str) -> Submission | None:
        return await self._newest({"tenant": tenant, "claim_response_id": claim_response_id})

    async def _newest(self, query: dict[str, str]) -> Submission | None:
        found = await self._store.find(SUBMISSIONS, query, sort=(("created_at", -1),), limit=1)
        return found[0] if found else None
