"""What the fhir-pas service can be told."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.messages import Command, message


@message("fhir-pas.submit_claim")
class SubmitClaim(Command):
    """`Claim/$submit`. The result is `{"status": int, "headers": {...}, "body": str}`; the gateway writes it unchanged.

    `body` is the request's bytes as text up to 256 KiB; above, `body_key` names the object that holds them (claim check).
    """

    base: str
    media_type: str
    scopes: tuple[str, ...]
    sha256: str
    size: int
    body: str | None = None
    body_key: str | None = None


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
    """A permit for this attempt was granted: contact the payer now."""

    authorization: Authorization
    work_item_id: str
    attempt: int


@message("fhir-pas.advance_exchange")
class AdvanceExchange(Command):
    """Timer: the next step of a payer exchange is due (sandbox steps, retries)."""

    exchange_id: str
    step: int
