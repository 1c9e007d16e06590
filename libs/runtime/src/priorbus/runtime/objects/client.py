"""A client of S3, made from the settings."""

from functools import cache
from typing import Any

import aioboto3
from botocore.config import Config

from priorbus.runtime.settings import ObjectStoreSettings

_NAMELESS_REGION = "us-east-1"


@cache
def _session() -> aioboto3.Session:
    """One for all clients: each would read the description of S3 anew."""
    return aioboto3.Session()


def client_of(settings: ObjectStoreSettings, endpoint: str | None) -> Any:
    """A client for one of the store's addresses; to be entered as a context."""
    token = settings.s3_session_token
    return _session().client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=settings.s3_access_key.get_secret_value(),
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        aws_session_token=token.get_secret_value() if token else None,
        region_name=settings.s3_region,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": settings.s3_addressing},
            connect_timeout=2,
            read_timeout=10,
            max_pool_connections=64,
            retries={"total_max_attempts": 2, "mode": "standard"},
            # Browsers and curl must be able to follow a presigned request: no checksum headers beyond those a caller asked for.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def place_of_bucket(client: Any) -> dict[str, Any]:
    """What a bucket's creation says about its region: it has to name the client's, unless that is the first one ever."""
    region = client.meta.region_name
    return {} if region == _NAMELESS_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
