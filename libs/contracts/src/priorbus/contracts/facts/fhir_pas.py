"""Facts of the fhir-pas service."""

from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.events import Event
from priorbus.contracts.messages import Fact, message


@message("payer_evidence.recorded")
class PayerEvidenceRecorded(Fact):
    """The payer connector learned something about a REST-born authorization; `evidence_id` makes it count once."""

    authorization_id: str
    work_item_id: str
    attempt: int
    evidence_id: str
    evidence: Evidence


class ClaimFact(Fact):
    """One accepted write of FHIR state: ids and codes only; `subject_id` is the Claim or ClaimResponse id."""

    subject_id: str
    version: int
    events: tuple[Event, ...]


@message("claim.submitted")
class ClaimSubmitted(ClaimFact):
    """A submission was persisted."""


@message("claim_response.recorded")
class ClaimResponseRecorded(ClaimFact):
    """The first ClaimResponse of a submission was persisted."""


@message("claim_response.changed")
class ClaimResponseChanged(ClaimFact):
    """A later version of a ClaimResponse was persisted; drives FHIR notifications. The events' data name `submissionId`."""


@message("claim_attachment.accepted")
class ClaimAttachmentAccepted(ClaimFact):
    """Attachments were associated with the Claim `subject_id` when they came."""


@message("claim_attachment.associated")
class ClaimAttachmentAssociated(ClaimFact):
    """Held attachments were associated with the Claim `subject_id`; its public event is `claim_attachment.accepted`."""


@message("claim_attachment.completed")
class ClaimAttachmentCompleted(ClaimFact):
    """The last attachment (Final) for the Claim `subject_id` is there; without public events."""


@message("claim_attachment.held")
class ClaimAttachmentHeld(ClaimFact):
    """Attachments wait for a request; `subject_id` is the held submission's id."""


@message("claim.updated")
class ClaimUpdated(ClaimFact):
    """A submission that updates an authorization was persisted; its public event is `claim.submitted`."""


@message("claim.cancelled")
class ClaimCancelled(ClaimFact):
    """A submission that cancels every item of an authorization was persisted; its public event is `claim.submitted`."""


@message("claim_response.finalised")
class ClaimResponseFinalised(ClaimFact):
    """No item of a ClaimResponse is pended any more; without public events."""


@message("information.requested")
class InformationRequested(ClaimFact):
    """The payer asked for documents; without public events."""


@message("subscription.activated")
class SubscriptionActivated(ClaimFact):
    """A receiver answered the handshake of the Subscription `subject_id`; without public events."""


@message("subscription.failed")
class SubscriptionFailed(ClaimFact):
    """Handshake or delivery to the receiver of the Subscription `subject_id` was given up; without public events."""


@message("subscription.ended")
class SubscriptionEnded(ClaimFact):
    """The Subscription `subject_id` was switched off, was deleted or came to its end; without public events."""


@message("tenant_settings.changed")
class TenantSettingsChanged(Fact):
    """What a tenant has set for itself that others go by; None: as the deployment has it. Said again when projections are made anew."""

    reply_deadline_ms: int | None
