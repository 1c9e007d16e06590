"""Attachments are held, and their Claim may have come at the same moment: whichever is second finds the first (fhir-pas.md 16)."""

from dataclasses import dataclass

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.fhir_pas import ClaimAttachmentHeld
from priorbus.fhir_pas.aggregates import ATTACHMENT_SUBMISSIONS
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.search import Search
from priorbus.fhir_pas.handlers.associating import associate, held_for
from priorbus.fhir_pas.ports import HeldAttachments, ResourceIndex, SubmissionIndex
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import Reader


@dataclass(frozen=True, slots=True)
class Found:
    """What waits, and the Claim that it waits for, with its authorization."""

    waiting: AttachmentSubmission
    claim_id: str
    authorization_id: str


@dataclass(frozen=True, slots=True)
class OnClaimAttachmentHeld:
    """Looks once more for the Claim, now that the attachments can be found."""

    resources: ResourceIndex
    submissions: SubmissionIndex
    held: HeldAttachments

    async def observe(self, fact: ClaimAttachmentHeld, envelope: Envelope, reader: Reader) -> Found | None:
        waiting = await reader.get(ATTACHMENT_SUBMISSIONS, envelope.tenant, fact.subject_id)
        if waiting is None or waiting.status != "held" or waiting.attach_to != "preauthorization":
            return None
        search = Search(terms=((f"identifier={waiting.tracking}",), ("use=preauthorization",)))
        for claim in await self.resources.find(envelope.tenant, "Claim", search):
            fitting = await held_for(claim, envelope.tenant, reader, self.held)
            submission = await self.submissions.of_claim(envelope.tenant, claim.id)
            if submission is not None and any(one.id == waiting.id for one in fitting):
                return Found(waiting, claim.id, submission.authorization_id)
        return None

    async def handle(self, fact: ClaimAttachmentHeld, context: Context) -> Result:
        found: Found | None = context.observed
        if found is not None:
            await associate((found.waiting,), found.claim_id, found.authorization_id, context)
        return None
