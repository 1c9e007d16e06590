"""Settings come from environment variables with the prefix `PRIORBUS_`; a process refuses to start without valid ones.

Each service derives its own `Settings` from the parts here. Credentials, and URLs that hold them, are `SecretStr`.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from priorbus.runtime.sealing import Sealer

ENV_PREFIX = "PRIORBUS_"

S = TypeVar("S", bound="ProcessSettings")
Port = Annotated[int, Field(ge=0, le=65535)]
Days = Annotated[int, Field(ge=1, le=365)]


class InvalidSettings(Exception):
    """The environment does not make valid settings; the text names every wrong variable and never a value."""


class ProcessSettings(BaseSettings):
    """What every process has."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["test", "live"] = Field(
        "test", description="Which API keys are valid; `live` refuses settings that are only safe in tests"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Lowest level of own log lines; libraries log from WARNING"
    )
    otlp_endpoint: str | None = Field(
        None, pattern="^https?://", description="OpenTelemetry collector that takes traces as OTLP over HTTP; empty: no traces"
    )
    trace_ratio: float = Field(1.0, ge=0, le=1, description="Share of the traces that begin here and are kept; callers decide about theirs")
    health_host: str = Field("127.0.0.1", description="Address of the health and metrics server")
    health_port: Port = Field(0, description="Port of the health and metrics server; 0 takes a free one and logs it")


class EventSettings(ProcessSettings):
    """How long public events are kept."""

    event_retention_days: Days = Field(
        30,
        description="How long public events can be read again. To change it, delete the stream priorbus.events.stream",
    )


class BusSettings(EventSettings):
    """Access to RabbitMQ."""

    amqp_url: SecretStr = Field(description="RabbitMQ, `amqp[s]://user:password@host:port/vhost`")
    delivery_limit: int = Field(
        10, ge=1, le=100, description="Deliveries of a message until it is parked. To change it, empty and delete the service's queues"
    )


class MongoSettings(ProcessSettings):
    """Access to MongoDB."""

    mongo_url: SecretStr = Field(description="MongoDB replica set, `mongodb://...`")
    mongo_database_prefix: str = Field("priorbus", pattern="^[a-z0-9_-]{1,30}$", description="Databases are called `<prefix>_<service>`")
    mongo_driver: Literal["pymongo", "motor"] = Field("pymongo", description="Driver behind the seam")
    idempotency_days: Days = Field(7, description="How long a success answers for its idempotency key")

    def database_of(self, service: str) -> str:
        """The name of a service's database."""
        return f"{self.mongo_database_prefix}_{service}".replace("-", "_")


class ObjectStoreSettings(ProcessSettings):
    """Access to the S3-compatible object store."""

    s3_endpoint: str = Field(pattern="^https?://", description="Object store as the services reach it")
    s3_public_endpoint: str = Field(pattern="^https?://", description="Object store as clients reach it, for presigned URLs and forms")
    s3_access_key: SecretStr = Field(description="Access key id")
    s3_secret_key: SecretStr = Field(description="Secret access key")
    s3_session_token: SecretStr | None = Field(None, description="Session token of temporary credentials")
    s3_region: str = Field("us-east-1", description="Region used in signatures")
    s3_bucket: str = Field(min_length=3, max_length=63, description="The bucket; created at start when it is missing")
    s3_addressing: Literal["path", "virtual"] = Field("path", description="Bucket in the path or in the host name")
    s3_encryption: Literal["default", "AES256", "aws:kms"] = Field(
        "default", description="Server-side encryption demanded for every object; `default` leaves it to the bucket"
    )
    s3_kms_key_id: str | None = Field(None, min_length=1, description="Key for `aws:kms`; without it the account's own")


class SealingSettings(ProcessSettings):
    """The keys under which clients' secrets are kept."""

    sealing_keys: list[SecretStr] = Field(
        min_length=1, description="Encrypt clients' secrets at rest: base64url of 32 bytes each; the first seals, all of them open"
    )

    @field_validator("sealing_keys")
    @classmethod
    def _are_keys(cls, keys: list[SecretStr]) -> list[SecretStr]:
        Sealer(keys)
        return keys


class OwnerSettings(BusSettings, MongoSettings):
    """What every service that owns aggregates has."""

    group_max: int = Field(64, ge=1, le=1000, description="Most commands in one group commit")


def load_settings(settings_type: type[S]) -> S:
    """The settings from the environment. Raises InvalidSettings."""
    try:
        return settings_type()
    except ValidationError as error:
        lines = [f"  {_variable(detail['loc'])}: {detail['msg']}" for detail in error.errors(include_input=False, include_url=False)]
        raise InvalidSettings("settings are missing or invalid:\n" + "\n".join(lines)) from None


def _variable(location: tuple[int | str, ...]) -> str:
    return ENV_PREFIX + str(location[0]).upper() if location else "settings"
