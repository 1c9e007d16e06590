"""Settings of the requirements service (authorizations.md section 13)."""

from datetime import timedelta

from pydantic import Field

from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.runtime.settings import OwnerSettings


class Settings(OwnerSettings):
    """Everything the requirements service can be told."""

    review_ttl_seconds: int = Field(604_800, gt=0, description="How long a review snapshot waits for approval")
    sla_expedited_seconds: int = Field(259_200, gt=0, description="The payer's deadline for urgent requests, from the first receipt")
    sla_standard_seconds: int = Field(604_800, gt=0, description="The payer's deadline for other requests, from the first receipt")
    safety_gate: bool = Field(default=False, description="Stop every case for approval before submission, also with policy automatic")
    authorization_max_bytes: int = Field(104_857_600, gt=0, description="Most bytes attached to one authorization")

    def terms(self) -> Terms:
        """The settings that decisions depend on."""
        return Terms(
            review_ttl=timedelta(seconds=self.review_ttl_seconds),
            sla_expedited=timedelta(seconds=self.sla_expedited_seconds),
            sla_standard=timedelta(seconds=self.sla_standard_seconds),
            safety_gate=self.safety_gate,
            max_bytes=self.authorization_max_bytes,
        )
