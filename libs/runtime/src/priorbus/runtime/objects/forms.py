"""Form uploads to S3: the signed policy of a presigned POST, signature version 4."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from priorbus.runtime.objects.port import SignedForm
from priorbus.runtime.settings import ObjectStoreSettings

ALGORITHM = "AWS4-HMAC-SHA256"
FILE_NAME = "${filename}"
"""The store puts the base name of the uploaded file in its place."""
_Conditions = list[dict[str, str] | list[Any]]


@dataclass(frozen=True)
class FormSigner:
    """Signs forms for one bucket; contacts nothing. `url` is where clients post to."""

    url: str
    bucket: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    def sign(self, prefix: str, *, max_bytes: int, now: datetime, expires: datetime) -> SignedForm:
        """A form that takes one file of 1 to `max_bytes` bytes at a time to `<prefix><file name>` until it expires."""
        day = f"{now:%Y%m%d}"
        fixed = {
            "acl": "private",
            "success_action_status": "201",
            "x-amz-algorithm": ALGORITHM,
            "x-amz-credential": f"{self.access_key}/{day}/{self.region}/s3/aws4_request",
            "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
        }
        if self.session_token is not None:
            fixed["x-amz-security-token"] = self.session_token
        policy = base64.b64encode(self._policy(prefix, fixed, max_bytes, expires)).decode()
        signature = signed(policy, self.secret_key, day, self.region)
        return SignedForm(self.url, {"key": prefix + FILE_NAME, **fixed, "policy": policy, "x-amz-signature": signature})

    def _policy(self, prefix: str, fixed: dict[str, str], max_bytes: int, expires: datetime) -> bytes:
        conditions: _Conditions = [{"bucket": self.bucket}, ["starts-with", "$key", prefix]]
        conditions += [{name: value} for name, value in fixed.items()]
        conditions += [["starts-with", "$Content-Type", ""], ["content-length-range", 1, max_bytes]]
        policy = {"expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}", "conditions": conditions}
        return json.dumps(policy, separators=(",", ":")).encode()


def signed(policy: str, secret_key: str, day: str, region: str) -> str:
    """The x-amz-signature of a policy in base64; `day` is `YYYYMMDD`."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()


def form_signer(settings: ObjectStoreSettings) -> FormSigner:
    """The signer of the bucket that the settings name, for clients."""
    token = settings.s3_session_token
    return FormSigner(
        url=bucket_url(settings, settings.s3_public_endpoint),
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        session_token=token.get_secret_value() if token else None,
    )


def bucket_url(settings: ObjectStoreSettings, endpoint: str) -> str:
    """The bucket's address at an endpoint, by the addressing of the settings, without a slash at the end."""
    place = urlsplit(endpoint.rstrip("/"))
    if settings.s3_addressing == "path":
        return urlunsplit((place.scheme, place.netloc, f"{place.path}/{settings.s3_bucket}", "", ""))
    return urlunsplit((place.scheme, f"{settings.s3_bucket}.{place.netloc}", place.path, "", ""))
