"""Where and as whom a tenant's requests reach its payer (fhir-pas.md 22)."""

from datetime import timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from priorbus.fhir_pas.domain.remote.subscribing import PayerSubscription

ENDPOINT_KEY: Final = "payer"
"""The key of the one endpoint that a tenant has."""
SCOPE: Final = (
    "system/Claim.cru system/ClaimResponse.r system/DocumentReference.c system/QuestionnaireResponse.c system/Observation.c system/Bundle.c"
)
"""Requests, answers, and what attachments are usually made of."""
SUBSCRIBING_SCOPE: Final = f"{SCOPE} system/Subscription.cruds"
"""The same, and our Subscription."""
_IN_CASE_OF_LOSS: Final = timedelta(days=1)


class PayerEndpoint(BaseModel):
    """`base_url` is the remote FHIR base, `sealed_key` the private key for `private_key_jwt` as a sealed JWK.

    `poll_seconds` is the time between inquiries about pended requests, and between looks at our Subscription where we have one.
    `suspended`: the tenant wants the sandbox for now.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    token_url: str
    client_id: str
    kid: str
    algorithm: Literal["RS384", "ES384"]
    sealed_key: bytes = Field(repr=False)
    scope: str = SCOPE
    poll_seconds: int = Field(900, ge=1)
    subscription: PayerSubscription | None = None
    suspended: bool = False

    @property
    def interval(self) -> timedelta:
        """The time between inquiries: long while the payer tells us by itself."""
        asked = timedelta(seconds=self.poll_seconds)
        told = self.subscription is not None and self.subscription.status == "active"
        return max(asked, _IN_CASE_OF_LOSS) if told else asked


def endpoint_key(_: PayerEndpoint) -> str:
    """There is one per tenant."""
    return ENDPOINT_KEY
