"""Settings of the fhir-pas service (fhir-pas.md 26, authorizations.md 13)."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from priorbus.fhir_pas.domain.terms import Terms
from priorbus.runtime.settings import ObjectStoreSettings, OwnerSettings


class Settings(OwnerSettings, ObjectStoreSettings):
    """Everything the fhir-pas service can be told."""

    public_base_url: str = Field(pattern="^https?://", description="Origin under which clients reach Priorbus")
    sandbox_payer: bool = Field(default=False, description="Let the built-in sandbox play the payer; refused in the live environment")
    sandbox_step_ms: int = Field(200, ge=0, description="Time between the steps of a sandbox scenario")
    submit_attempts: int = Field(8, ge=1, description="Attempts to reach a payer before a case fails")
    pas_replay_window_hours: int = Field(
        24, ge=0, le=168, description="Hours in which the same request gets the same answer; 0 means never"
    )
    pas_decision_budget_ms: int = Field(10_000, ge=1000, le=12_000, description="Time within which a payer's decision is waited for")
    pas_unknown_prior: Literal["adopt", "error"] = Field("adopt", description="What becomes of an update of an unknown authorization")
    inquire_include_claim: bool = Field(default=False, description="Show the Claim in answers to inquiries on every base")

    @model_validator(mode="after")
    def _has_a_payer(self) -> "Settings":
        if self.environment == "live" and self.sandbox_payer:
            raise ValueError("PRIORBUS_SANDBOX_PAYER is refused in the live environment")
        if not self.sandbox_payer:
            raise ValueError("no payer connector is configured: set PRIORBUS_SANDBOX_PAYER=true")
        return self

    def terms(self) -> Terms:
        """The settings that decisions depend on."""
        window = timedelta(hours=self.pas_replay_window_hours)
        return Terms(
            self.public_base_url.rstrip("/"),
            self.submit_attempts,
            window,
            timedelta(milliseconds=self.pas_decision_budget_ms),
            self.pas_unknown_prior == "adopt",
            self.inquire_include_claim,
        )
