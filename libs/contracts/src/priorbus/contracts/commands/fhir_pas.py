"""What the fhir-pas service can be told."""

from typing import Any

from pydantic import Field

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.messages import Command, message
from priorbus.contracts.model import CamelModel


@message("fhir-pas.submit_claim")
class SubmitClaim(Command):
    """`Claim/$submit`. The result is `{"status": int, "headers": {...}, "body": str}`; the gateway writes it unchanged.

    `body` is the request's bytes as text up to 256 KiB; what is larger, or no UTF-8, is in the object that `body_key` names (claim check).
    `identifiers` are those registered for the client.
    """

    base: str
    media_type: str
    scopes: tuple[str, ...]
    sha256: str
    size: int
    body: str | None = None
    body_key: str | None = None
    identifiers: tuple[str, ...] = ()


@message("fhir-pas.inquire_claim")
class InquireClaim(Command):
    """`Claim/$inquire` (fhir-pas.md 13); members and result as in SubmitClaim. `npis` are those of the client's registration."""

    base: str
    media_type: str
    scopes: tuple[str, ...]
    sha256: str
    size: int
    body: str | None = None
    body_key: str | None = None
    npis: tuple[str, ...] = ()


@message("fhir-pas.decide_claim")
class DecideClaim(Command):
    """Timer: pended items of a submission are due; `poll` numbers its timers."""

    submission_id: str
    poll: int


class ReceivedDocument(CamelModel):
    """What one attachment says it is: the codings of its Code and its LineItems. Without either it may be anything, for any line."""

    codes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@message("fhir-pas.review_claim")
class ReviewClaim(Command):
    """The documents asked for have come: the payer looks again at the head of an authorization.

    `received` are the documents, each with its own code and lines; `codes` and `lines` in commands of earlier releases name them together.
    `final` false: more of them follow. `attachments` is the submission that brought them; empty in commands of earlier releases.
    """

    authorization_id: str
    received: tuple[ReceivedDocument, ...] = ()
    codes: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    final: bool = True
    attachments: str = ""


class FinalItem(CamelModel):
    """An operator's decision on one item: an X12 306 action, and for denials and changes why."""

    sequence: int
    action: str
    note: str | None = None
    reason_codes: tuple[str, ...] = ()


@message("fhir-pas.finalise_claim_response")
class FinaliseClaimResponse(Command):
    """An operator ends the pending of items; no items: the payer's rules tell how (fhir-pas.md 23)."""

    claim_response_id: str
    items: tuple[FinalItem, ...] = ()
    human_reviewed: bool = True


@message("fhir-pas.change_tenant_settings")
class ChangeTenantSettings(Command):
    """An operator sets what counts for the tenant: `values` by dotted key, null removes one (fhir-pas.md 26).

    `rules` is the sandbox payer's rule table as YAML; empty brings the common one back.
    """

    values: dict[str, Any] = Field(default_factory=dict)
    rules: str | None = None


@message("fhir-pas.prepare_authorization")
class PrepareAuthorization(Command):
    """Build and validate the PAS Claim bundle of a confirmed case; answered by `requirements.complete_preparation`."""

    authorization: Authorization
    work_item_id: str


@message("fhir-pas.submit_authorization")
class SubmitAuthorization(Command):
    """Submission is wanted: ask for a permit with `requirements.grant_permit`."""

    authorization: Authorization
    work_item_id: str


@message("fhir-pas.send_submission")
class SendSubmission(Command):
    """A permit for this attempt was granted: contact the payer now. `channel` is the one that the permit was asked for."""

    authorization: Authorization
    work_item_id: str
    attempt: int
    channel: str = "fhir_pas"


@message("fhir-pas.take_payer_event")
class TakePayerEvent(Command):
    """Sandbox: the payer says something of a case's `attempt` now, which the case has heard already (authorizations.md 11.3)."""

    authorization_id: str
    attempt: int
    evidence: Evidence


@message("fhir-pas.advance_exchange")
class AdvanceExchange(Command):
    """Timer: the next step of a payer exchange is due (sandbox steps, retries)."""

    exchange_id: str
    step: int


@message("fhir-pas.set_payer_endpoint")
class SetPayerEndpoint(Command):
    """An operator says which remote endpoint decides a tenant's requests; without `base_url` none does any more.

    `sealed_key` is the private key of `private_key_jwt`, sealed. `filters` are the identifiers by which the payer knows us: with any, a
    Subscription there brings late decisions.
    """

    base_url: str | None = None
    token_url: str = ""
    client_id: str = ""
    kid: str = ""
    algorithm: str = "ES384"
    sealed_key: str = ""
    scope: str = ""
    poll_seconds: int = 900
    filters: tuple[str, ...] = ()
