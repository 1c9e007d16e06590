"""Where and as whom a tenant's requests reach its payer (fhir-pas.md 22)."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

ENDPOINT_KEY: Final = "payer"
"""The key of the one endpoint that a tenant has."""
SCOPE: Final = (
    "system/Claim.cru system/ClaimResponse.r system/DocumentReference.c system/QuestionnaireResponse.c system/Observation.c system/Bundle.c"
)
"""Requests, answers, and what attachments are usually made of."""


class PayerEndpoint(BaseModel):
    """`base_url` is the remote FHIR base, `sealed_key` the private key for `private_key_jwt` as a sealed JWK.

    `poll_seconds` is the time between inquiries about pended requests.
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


def endpoint_key(_: PayerEndpoint) -> str:
    """There is one per tenant."""
    return ENDPOINT_KEY
