"""Which Claim attachments belong to (fhir-pas.md 16, lookup and rule A-12)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCES
from priorbus.fhir_pas.domain.attachments.request import AttachmentRequest
from priorbus.fhir_pas.domain.fhir_json import Resource, parse
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile.coverage import is_member_id
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.search import Search
from priorbus.fhir_pas.domain.search_terms import ASKED, NUMBER, TRACKING, token_text
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.fhir_pas.ports import ResourceIndex, SubmissionIndex
from priorbus.runtime.work import Reader

_MOST_HITS = 50
_OTHER_MEMBER = Issue(
    "A-12", "error", "invalid", "MemberId is somebody else's", "MemberId is no identifier of the member", "Parameters.parameter"
)


@dataclass(frozen=True, slots=True)
class Target:
    """The Claim, its authorization if that is known, whether that is decided, and the warnings of the lookup."""

    claim_id: str
    authorization_id: str | None = None
    decided: bool = False
    warnings: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    """A Claim that the TrackingId may mean; `fits` tells that the MemberId is one of its member's."""

    claim: StoredResource
    target: Target
    fits: bool

    def rank(self, client: str) -> tuple[bool, bool, bool, bool, datetime]:
        """How well it is meant."""
        own, known, newest = _preference(self.claim, self.target, client)
        return own, self.fits, known, not self.target.decided, newest


@dataclass(frozen=True, slots=True)
class AttachmentTarget:
    """Finds Claims by the indexes."""

    resources: ResourceIndex
    submissions: SubmissionIndex

    async def find(
        self, request: AttachmentRequest, strictness: Strictness, envelope: Envelope, reader: Reader
    ) -> Target | Rejection | None:
        """The Claim that the TrackingId means, None when there is none; a rejection when the member is another one (A-12)."""
        if strictness.base.release == "seed":
            claims = await self._by("identifier", request, envelope, "Claim")
            meant = [one for one in claims if f"use={request.attach_to}" in one.terms]
            found = [(one, await self._target(one, envelope.tenant, reader)) for one in meant]
            return max(found, key=lambda one: _preference(one[0], one[1], envelope.client))[1] if found else None
        if request.attach_to == "claim":
            return None
        hits = [await self._hit(claim, request, envelope.tenant, reader) for claim in await self._claims(request, envelope)]
        if not hits:
            return None
        best = max(hits, key=lambda hit: hit.rank(envelope.client))
        setting = "off" if best.fits else strictness.setting("A-12", "E W")
        if setting == "error":
            return Rejection(422, (_OTHER_MEMBER,))
        return replace(best.target, warnings=(replace(_OTHER_MEMBER, severity="warning"),)) if setting == "warning" else best.target

    async def _hit(self, claim: StoredResource, request: AttachmentRequest, tenant: str, reader: Reader) -> "_Hit":
        fits = await _is_member(request.member, parse(claim.content), tenant, reader)
        return _Hit(claim, await self._target(claim, tenant, reader), fits)

    async def _target(self, claim: StoredResource, tenant: str, reader: Reader) -> Target:
        submission = await self.submissions.of_claim(tenant, claim.id)
        if submission is None:
            return Target(claim.id)
        authorization = await reader.get(CLAIM_AUTHORIZATIONS, tenant, submission.authorization_id)
        answered = () if authorization is None or not submission.is_answered else (authorization,)
        decided = any(all(line.action != "A4" for line in one.items) for one in answered)
        return Target(claim.id, submission.authorization_id, decided)

    async def _by(self, parameter: str, request: AttachmentRequest, envelope: Envelope, kind: str) -> Sequence[StoredResource]:
        terms = [f"{parameter}={token_text(request.tracking)}"]
        if parameter == TRACKING:
            terms.append(f"{NUMBER}={request.tracking.get('value', '')}")
        search = Search(terms=(tuple(terms),), limit=_MOST_HITS)
        return await self.resources.find(envelope.tenant, kind, search)

    async def _claims(self, request: AttachmentRequest, envelope: Envelope) -> Collection[StoredResource]:
        """Every Claim that the TrackingId may mean, by its own names or by those of its answers."""
        found = [one for one in await self._by(TRACKING, request, envelope, "Claim") if "use=preauthorization" in one.terms]
        answers = [await self.submissions.of_claim_response(envelope.tenant, one.id) for one in await self._responses(request, envelope)]
        ids = {one.claim_id for one in answers if one is not None} - {one.id for one in found}
        if ids:
            found += await self.resources.find(envelope.tenant, "Claim", Search(ids=(tuple(sorted(ids)),), limit=_MOST_HITS))
        return found

    async def _responses(self, request: AttachmentRequest, envelope: Envelope) -> list[StoredResource]:
        found = [*await self._by(TRACKING, request, envelope, "ClaimResponse")]
        for asked in await self._by(TRACKING, request, envelope, "CommunicationRequest"):
            found += await self.resources.find(envelope.tenant, "ClaimResponse", Search(terms=((f"{ASKED}={asked.id}",),)))
        return found


def _preference(claim: StoredResource, target: Target, client: str) -> tuple[bool, bool, datetime]:
    """The newest of the same client, else the newest; one that came in an update as the one before is a copy, which nobody works on."""
    return claim.client == client, target.authorization_id is not None, claim.last_updated


async def _is_member(member: Resource, claim: Resource, tenant: str, reader: Reader) -> bool:
    patient = claim.get("patient", {})
    if _same(member, patient.get("identifier", {})):
        return True
    texts = [patient.get("reference", "")]
    texts += [one.get("coverage", {}).get("reference", "") for one in claim.get("insurance", ())]
    for text in texts:
        party = await reader.get(RESOURCES, tenant, text)
        if party is not None and any(_same(member, one) for one in _member_ids(parse(party.content))):
            return True
    return False


def _member_ids(party: Resource) -> Iterator[Resource]:
    typed = party["resourceType"] == "Coverage"
    yield from (one for one in party.get("identifier", ()) if not typed or is_member_id(one))
    if "subscriberId" in party:
        yield {"value": party["subscriberId"]}


def _same(wanted: Resource, known: Resource) -> bool:
    systems = {one["system"] for one in (wanted, known) if one.get("system")}
    return known.get("value", "") == wanted.get("value") and len(systems) <= 1
