"""The rows for attachments, reads and searches; `subscriptions` has the others."""

from dataclasses import dataclass
from functools import partial

from priorbus.contracts.commands import fhir_access as commands
from priorbus.contracts.facts.fhir_pas import ClaimAttachmentHeld
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.attachment_target import AttachmentTarget
from priorbus.fhir_pas.handlers.on_claim_attachment_held import OnClaimAttachmentHeld
from priorbus.fhir_pas.handlers.read_resource import read_resource, touches
from priorbus.fhir_pas.handlers.read_submission import ReadSubmissionHandler
from priorbus.fhir_pas.handlers.recording import recorded
from priorbus.fhir_pas.handlers.search_cursors import SearchCursors
from priorbus.fhir_pas.handlers.search_resources import SearchResourcesHandler
from priorbus.fhir_pas.handlers.submit_attachment import SubmitAttachmentHandler
from priorbus.fhir_pas.ports import HeldAttachments, InlineContents, RequestBodies, ResourceIndex, SubmissionIndex
from priorbus.runtime.handling import Subscription


@dataclass(frozen=True)
class Access:
    """What these handlers stand on."""

    bodies: RequestBodies
    contents: InlineContents
    resources: ResourceIndex
    submissions: SubmissionIndex
    held: HeldAttachments
    terms: Terms
    cursors: SearchCursors


def access_subscriptions(access: Access) -> tuple[Subscription, ...]:
    """The table."""
    attach = SubmitAttachmentHandler(access.bodies, access.contents, AttachmentTarget(access.resources, access.submissions), access.terms)
    search = SearchResourcesHandler(access.resources, access.terms, access.cursors)
    held = OnClaimAttachmentHeld(access.resources, access.submissions, access.held)
    return (
        Subscription(ClaimAttachmentHeld, held.handle, observe=held.observe),
        Subscription(commands.SubmitAttachment, recorded("document", attach.handle), observe=attach.observe),
        Subscription(commands.ReadResource, partial(read_resource, terms=access.terms), touches=touches),
        Subscription(commands.SearchResources, search.handle),
        Subscription(commands.ReadSubmission, ReadSubmissionHandler(access.submissions).handle),
    )
