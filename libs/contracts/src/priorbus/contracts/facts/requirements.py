"""Facts of the requirements service."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.events import Event
from priorbus.contracts.messages import Fact, message
from priorbus.contracts.templates import Payer, Provider, Template


class AuthorizationFact(Fact):
    """One accepted write of an authorization: the state after it, and what it has to tell in order."""

    authorization: Authorization
    events: tuple[Event, ...]


@message("authorization.created")
class AuthorizationCreated(AuthorizationFact):
    """C1: a case was opened."""


@message("authorization.answers_patched")
class AnswersPatched(AuthorizationFact):
    """C2: answers were merged, and something changed."""


@message("authorization.attachment_added")
class AttachmentAdded(AuthorizationFact):
    """C3: a file was linked."""


@message("authorization.attachment_removed")
class AttachmentRemoved(AuthorizationFact):
    """C4: an attachment was unlinked."""


@message("authorization.confirmed")
class AuthorizationConfirmed(AuthorizationFact):
    """C5 or C6: the customer carried out the open action."""


@message("authorization.canceled")
class AuthorizationCanceled(AuthorizationFact):
    """C7: the customer stopped future work."""


@message("authorization.prepared")
class AuthorizationPrepared(AuthorizationFact):
    """P1, P2 or P3: preparation ended, with open findings, a review or a submission."""


@message("authorization.submission_permitted")
class SubmissionPermitted(AuthorizationFact):
    """A permit was granted: an attempt begins."""


@message("authorization.submission_failed")
class SubmissionFailed(AuthorizationFact):
    """A permitted attempt did not reach the payer."""


@message("authorization.payer_evidence_applied")
class PayerEvidenceApplied(AuthorizationFact):
    """P4 to P8: what the payer side learned, in time or late; ignored worker results too."""


@message("authorization.review_expired")
class ReviewExpired(AuthorizationFact):
    """T1: nobody approved the review in time."""


@message("authorization.sla_announced")
class SlaAnnounced(AuthorizationFact):
    """An SLA timer fired; the version is unchanged."""


@message("template.published")
class TemplatePublished(Fact):
    """A template version entered the catalogue."""

    template: Template


@message("payer.published")
class PayerPublished(Fact):
    """A payer was added or changed."""

    payer: Payer


@message("provider.registered")
class ProviderRegistered(Fact):
    """A provider was added."""

    provider: Provider


@message("authorization.restated")
class AuthorizationRestated(AuthorizationFact):
    """Nothing was written; the state is said again."""
