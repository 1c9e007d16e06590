"""Attachments that came before their Claim are associated with it (fhir-pas.md 16)."""

from collections.abc import Sequence

from priorbus.fhir_pas.aggregates import ATTACHMENT_SUBMISSIONS, RESOURCES
from priorbus.fhir_pas.domain.attachments.association import associated, parse_concept
from priorbus.fhir_pas.domain.attachments.review import review
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.attachments.texts import attachment_events
from priorbus.fhir_pas.domain.bases import BASES
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.search_terms import search_terms
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.fhir_pas.handlers.keeping import keep_longer
from priorbus.fhir_pas.handlers.recording import count_attachments
from priorbus.fhir_pas.handlers.submit_attachment import put_version
from priorbus.fhir_pas.ports import HeldAttachments
from priorbus.runtime.handling import Context
from priorbus.runtime.work import Reader

_IDENTIFIER = "identifier="


async def held_for(claim: StoredResource, tenant: str, reader: Reader, held: HeldAttachments) -> Sequence[AttachmentSubmission]:
    """What waits for this Claim: under one of its identifiers, system and value, from the same client or the same provider."""
    full = (term.removeprefix(_IDENTIFIER) for term in claim.terms if term.startswith(_IDENTIFIER) and "|" in term)
    tokens = [token.removeprefix("|") for token in full]
    waiting = await held.find(tenant, tokens) if tokens else ()
    found = [one for one in waiting if one.attach_to == "preauthorization"]
    if not any(one.client != claim.client for one in found):
        return found
    providers = await _provider_tokens(claim, tenant, reader)
    return [one for one in found if one.client == claim.client or not providers.isdisjoint(one.providers)]


async def held_for_stored(submission: Submission, tenant: str, reader: Reader, held: HeldAttachments) -> Sequence[AttachmentSubmission]:
    """The same for the Claim of a submission that is persisted."""
    claim = await reader.get(RESOURCES, tenant, submission.keys[0])
    return () if claim is None else await held_for(claim, tenant, reader, held)


async def associate(held: Sequence[AttachmentSubmission], claim_id: str, authorization_id: str, context: Context) -> None:
    """A new version of the Claim for each of these that still waits; the payer looks again."""
    for found in held:
        waiting = await context.work.get(ATTACHMENT_SUBMISSIONS, context.tenant, found.id)
        claim = await context.work.get(RESOURCES, context.tenant, f"Claim/{claim_id}")
        if waiting is None or waiting.status != "held" or claim is None:
            continue
        updated = associated(claim, waiting.held, BASES[waiting.base], context.now)
        put_version(context, claim, updated)
        context.work.put(ATTACHMENT_SUBMISSIONS, context.tenant, waiting.model_copy(update={"status": "accepted", "held": ()}))
        await keep_longer(context, waiting.id, claim_id)
        for one in attachment_events(waiting.id, updated, final=waiting.final, now=context.now, held=True):
            context.work.publish(one)
        count_attachments("associated", len(waiting.held))
        labels = ((parse_concept(one.code), one.lines) for one in waiting.held)
        context.work.publish(review(authorization_id, waiting.id, labels, final=waiting.final))


async def _provider_tokens(claim: StoredResource, tenant: str, reader: Reader) -> set[str]:
    reference = parse(claim.content).get("provider", {}).get("reference", "")
    provider = await reader.get(RESOURCES, tenant, reference)
    if provider is None:
        return set()
    return {term.removeprefix(_IDENTIFIER) for term in search_terms(parse(provider.content)) if term.startswith(_IDENTIFIER)}
