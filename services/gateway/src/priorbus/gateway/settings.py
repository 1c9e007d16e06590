"""Settings of the gateway's processes."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from priorbus.gateway.read_models.database import Kept
from priorbus.runtime.outgoing import OutgoingGuard
from priorbus.runtime.settings import BusSettings, Days, EventSettings, MongoSettings, ObjectStoreSettings, Port, SealingSettings

MIB = 1024 * 1024
RateLimit = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,4}$")]
BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^/?#]+[^?#]*[^/?#]$")]


class DatabaseSettings(MongoSettings, EventSettings):
    """What the command-line tool needs."""

    operation_days: Days = Field(7, description="How long an operation can be read after its completion")

    def kept(self) -> Kept:
        """How long rows are kept."""
        return Kept(self.idempotency_days, self.operation_days, self.event_retention_days)


class BrokerSettings(BusSettings):
    """What the command-line tool needs to manage accounts of the broker."""

    rabbitmq_management_url: SecretStr = Field(
        description="RabbitMQ's HTTP API with an administrator's credentials, `http[s]://user:password@host:port`"
    )


COMMAND_SETTINGS = {"priorbus consumers": BrokerSettings}
"""What commands need that no process does."""


class WebhookSettings(SealingSettings):
    """What webhook endpoints may be, and how they are served."""

    webhook_timeout_ms: int = Field(15_000, ge=1, description="How long a webhook receiver may take to answer")
    webhook_retry_scale: float = Field(1.0, gt=0, le=1, description="Shortens the waits of the retry schedule, for tests")
    webhook_allow_private: bool = Field(default=False, description="Let webhooks go to private addresses; refused in the live environment")
    webhook_allow_http: bool = Field(default=False, description="Let webhooks go over plain HTTP; refused in the live environment")

    @model_validator(mode="after")
    def _opens_only_in_tests(self) -> Self:
        if self.environment == "live" and (self.webhook_allow_private or self.webhook_allow_http):
            raise ValueError("PRIORBUS_WEBHOOK_ALLOW_PRIVATE and PRIORBUS_WEBHOOK_ALLOW_HTTP are refused in the live environment")
        return self

    @property
    def webhook_guard(self) -> OutgoingGuard:
        """Which addresses webhooks may go to."""
        return OutgoingGuard(allow_private=self.webhook_allow_private, allow_http=self.webhook_allow_http)


class ProjectorSettings(BusSettings, DatabaseSettings, WebhookSettings):
    """Settings of the projector."""

    public_base_url: BaseUrl = Field(description="Where clients reach this deployment; no slash at the end")
    group_max: int = Field(64, ge=1, le=1000, description="Most facts in one transaction")


class Settings(BusSettings, DatabaseSettings, ObjectStoreSettings, WebhookSettings):
    """Settings of the HTTP process."""

    public_base_url: BaseUrl = Field(description="Where clients reach this deployment; no slash at the end")
    http_host: str = Field("127.0.0.1", description="Address of the public API")
    http_port: Port = Field(8080, description="Port of the public API; 0 takes a free one and logs it")
    cursor_secret: SecretStr = Field(min_length=32, description="Signs list cursors; the same on every instance, at least 32 bytes")
    reply_deadline_ms: int = Field(10_000, ge=1, description="How long a write waits for its owner before it is answered 202")
    pas_reply_deadline_ms: int = Field(
        13_000,
        ge=1,
        description="How long a FHIR operation waits before it is answered 503, unless the tenant has its own `pas.reply_deadline_ms`",
    )
    fhir_body_max_bytes: int = Field(50 * MIB, ge=MIB, le=50 * MIB, description="Largest body of a FHIR operation, unpacked")
    fhir_attachments_max: int = Field(10, ge=1, le=10, description="Most attachments of one call")
    fhir_attachment_max_bytes: int = Field(20 * MIB, ge=1024, le=20 * MIB, description="Largest decoded attachment")
    jwks_endpoint_allow: list[str] = Field(
        [], description="Hosts of JWKS URLs that are exempt from the guard against internal addresses; refused in the live environment"
    )
    rate_default: RateLimit = Field("6000/60", description="Requests of one client per seconds, unless its key says otherwise")
    rate_poll: RateLimit = Field("6000/60", description="The same for reads of one resource and of events, counted apart")
    rate_patient_attachments: RateLimit = Field("200/60", description="The same for the patient attachments API")
    rate_merge_ms: int = Field(1000, ge=10, le=1000, description="How often the instances add up what they have counted")
    sandbox_payer: bool = Field(
        default=False, description="Let the built-in sandbox play the payer of tenants without an endpoint; refused in the live environment"
    )
    content_ttl_seconds: int = Field(300, ge=1, le=604_800, description="Life of a presigned download of a patient attachment")
    download_ttl_seconds: int = Field(300, ge=1, le=604_800, description="Life of a presigned download")

    @model_validator(mode="after")
    def _plays_only_in_tests(self) -> "Settings":
        if self.environment == "live" and self.sandbox_payer:
            raise ValueError("PRIORBUS_SANDBOX_PAYER is refused in the live environment")
        return self
