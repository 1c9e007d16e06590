"""A Claim came for which attachments are held: they are associated now (fhir-pas.md 16)."""

from collections.abc import Sequence
from dataclasses import dataclass

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.fhir_pas import ClaimSubmitted
from priorbus.fhir_pas.aggregates import ATTACHMENT_SUBMISSIONS, RESOURCES
from priorbus.fhir_pas.domain.attachments.association import associated
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.attachments.texts import attachment_events
from priorbus.fhir_pas.domain.bases import BASES
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.search_terms import search_terms
from priorbus.fhir_pas.handlers.submit_attachment import put_version
from priorbus.fhir_pas.ports import HeldAttachments
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import Reader

_IDENTIFIER = "identifier="


@dataclass(frozen=True, slots=True)
class OnClaimSubmitted:
    """Looks for what is held under an identifier of the Claim."""

    held: HeldAttachments

    async def observe(self, fact: ClaimSubmitted, envelope: Envelope, reader: Reader) -> Sequence[AttachmentSubmission]:
        claim = await reader.get(RESOURCES, envelope.tenant, f"Claim/{fact.subject_id}")
        if claim is None:
            return ()
        found = await self.held.find(envelope.tenant, _tokens(claim))
        if not any(one.client != claim.client for one in found):
            return found
        providers = await _provider_tokens(claim, envelope.tenant, reader)
        return [one for one in found if one.client == claim.client or not providers.isdisjoint(one.providers)]

    async def handle(self, fact: ClaimSubmitted, context: Context) -> Result:
        for found in context.observed:
            waiting = await context.work.get(ATTACHMENT_SUBMISSIONS, context.tenant, found.id)
            claim = await context.work.get(RESOURCES, context.tenant, f"Claim/{fact.subject_id}")
            if waiting is None or waiting.status != "held" or claim is None:
                continue
            updated = associated(claim, waiting.held, BASES[waiting.base], context.now)
            put_version(context, claim, updated)
            done = waiting.model_copy(update={"status": "accepted", "held": ()})
            context.work.put(ATTACHMENT_SUBMISSIONS, context.tenant, done)
            context.work.publish(attachment_events(waiting.id, updated, final=waiting.final, now=context.now))
        return None


def _tokens(resource: StoredResource) -> list[str]:
    return [term.removeprefix(_IDENTIFIER) for term in resource.terms if term.startswith(_IDENTIFIER)]


async def _provider_tokens(claim: StoredResource, tenant: str, reader: Reader) -> set[str]:
    reference = parse(claim.content).get("provider", {}).get("reference", "")
    provider = await reader.get(RESOURCES, tenant, reference)
    if provider is None:
        return set()
    return {term.removeprefix(_IDENTIFIER) for term in search_terms(parse(provider.content)) if term.startswith(_IDENTIFIER)}
