"""Server-side encryption that every written object asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from priorbus.runtime.settings import ObjectStoreSettings

_HEADERS = {
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}


@dataclass(frozen=True)
class Encryption:
    """The same demand as parameters of a call and as headers of a signed request; empty leaves it to the bucket."""

    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """What a client has to send."""
        return {_HEADERS[name]: value for name, value in self.parameters.items()}


def encryption_of(settings: ObjectStoreSettings) -> Encryption:
    """What the settings demand."""
    if settings.s3_encryption == "default":
        return Encryption()
    key = {"SSEKMSKeyId": settings.s3_kms_key_id} if settings.s3_kms_key_id and settings.s3_encryption == "aws:kms" else {}
    return Encryption({"ServerSideEncryption": settings.s3_encryption, **key})
