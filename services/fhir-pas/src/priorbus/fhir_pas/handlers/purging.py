"""Everything that goes with an authorization, gathered before anything is removed (fhir-pas.md 21)."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from priorbus.fhir_pas.aggregates import (
    ATTACHMENT_SUBMISSIONS,
    CLAIM_AUTHORIZATIONS,
    EXCHANGES,
    RAW_REQUESTS,
    RESOURCE_HISTORY,
    RESOURCES,
    SUBMISSIONS,
)
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.resources import StoredResource, resource_key, version_key
from priorbus.fhir_pas.domain.response_bundle import created_resources
from priorbus.fhir_pas.domain.retention import attached, document_ids
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, RawRequest, Submission
from priorbus.fhir_pas.handlers.opening import open_submission
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import KeptIndex
from priorbus.runtime.work import Reader, Ref


@dataclass(frozen=True, slots=True)
class Doomed:
    """`authorization` as it was found, None for attachments that were only held; `versions` are the older ones of the resources."""

    authorization: ClaimAuthorization | None
    submissions: tuple[Submission, ...]
    resources: tuple[StoredResource, ...]
    versions: tuple[StoredResource, ...]
    requests: tuple[RawRequest, ...]
    documents: tuple[str, ...]

    def refs(self, tenant: str) -> Iterator[Ref]:
        """All of it."""
        if self.authorization is not None:
            yield from (Ref(collection, tenant, self.authorization.id) for collection in (CLAIM_AUTHORIZATIONS, EXCHANGES))
        yield from (Ref(SUBMISSIONS, tenant, one.id) for one in self.submissions)
        yield from (Ref(RESOURCES, tenant, resource_key(one)) for one in self.resources)
        yield from (Ref(RESOURCE_HISTORY, tenant, version_key(one)) for one in self.versions)
        yield from (Ref(RAW_REQUESTS, tenant, one.id) for one in self.requests)
        yield from (Ref(ATTACHMENT_SUBMISSIONS, tenant, one.id) for one in self.requests)


@dataclass(frozen=True, slots=True)
class Gathering:
    """Reads what an authorization has left behind; what others use as well is left out."""

    tools: Tools
    kept: KeptIndex

    async def of_authorization(self, authorization: ClaimAuthorization, tenant: str, reader: Reader) -> Doomed:
        """Raises TransientError when the object store is away."""
        chain = [one async for one in _chain(authorization, tenant, reader)]
        claims = tuple(dict.fromkeys(one.claim_id for one in chain))
        names: dict[str, None] = {}
        for one in chain:
            names |= dict.fromkeys(
                [*one.keys, f"ClaimResponse/{one.claim_response_id}", *await self._made(one, authorization, tenant, reader)]
            )
        for id_ in claims:
            claim = await reader.get(RESOURCES, tenant, f"Claim/{id_}")
            names |= dict.fromkeys(attached(parse(claim.content)) if claim is not None else ())
        free = [key for key in names if not await self.kept.is_used(tenant, key, but_for=authorization.id, claims=claims)]
        ids = [*(one.id for one in chain), *await self.kept.attachments_of(tenant, claims)]
        return await self._doomed(authorization, tuple(chain), free, ids, tenant, reader)

    async def of_held(self, submission_id: str, keys: Sequence[str], tenant: str, reader: Reader) -> Doomed:
        """Attachments for which no request has come; their resources are nobody else's."""
        free = [key for key in keys if not await self.kept.is_used(tenant, key, but_for="", claims=())]
        return await self._doomed(None, (), free, [submission_id], tenant, reader)

    async def _doomed(
        self,
        authorization: ClaimAuthorization | None,
        chain: tuple[Submission, ...],
        keys: Sequence[str],
        requests: Sequence[str],
        tenant: str,
        reader: Reader,
    ) -> Doomed:
        resources = [one for key in keys if (one := await reader.get(RESOURCES, tenant, key)) is not None]
        versions = [version for one in resources for version in await _older(one, tenant, reader)]
        kept = [raw for id_ in requests if (raw := await reader.get(RAW_REQUESTS, tenant, id_)) is not None]
        contents = [parse(one.content) for one in (*resources, *versions)]
        return Doomed(
            authorization,
            chain,
            tuple(resources),
            tuple(versions),
            tuple(kept),
            document_ids(contents, self.tools.terms.public_base),
        )

    async def _made(self, submission: Submission, authorization: ClaimAuthorization, tenant: str, reader: Reader) -> list[str]:
        opened = await open_submission(submission, authorization, tenant, reader, self.tools)
        made = created_resources(opened.scene(self.tools.terms.public_base), opened.base)
        return [f"{one['resourceType']}/{one['id']}" for one in made]


async def _chain(authorization: ClaimAuthorization, tenant: str, reader: Reader) -> AsyncIterator[Submission]:
    """The head and what it updated, one after the other."""
    id_: str | None = authorization.head
    while id_ is not None:
        submission = await reader.get(SUBMISSIONS, tenant, id_)
        if submission is None or submission.authorization_id != authorization.id:
            return
        yield submission
        id_ = submission.previous


async def _older(resource: StoredResource, tenant: str, reader: Reader) -> list[StoredResource]:
    found = [await reader.get(RESOURCE_HISTORY, tenant, f"{resource_key(resource)}/{number}") for number in range(1, resource.version_id)]
    return [version for version in found if version is not None]
