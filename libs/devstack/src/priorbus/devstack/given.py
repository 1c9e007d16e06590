"""Backing servers given by address, in the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from priorbus.devstack.errors import DevstackError

# Set by a development stack's env file: the addresses beside it are that stack's own, not given ones. So a shell which has
# read the file can still run the tests, and they will not touch the developer's servers.
MARKER = "PRIORBUS_DEVSTACK"


@dataclass(frozen=True)
class Given:
    """None where nothing was given."""

    amqp_url: str | None = None
    management_url: str | None = None
    mongo_url: str | None = None
    s3_endpoint: str | None = None
    s3_access_key: str = ""
    s3_secret_key: str = ""


def given_addresses(env: Mapping[str, str] = os.environ) -> Given:
    """Raises DevstackError when an object store is given without its keys."""
    if MARKER in env:
        return Given()
    amqp_url = env.get("PRIORBUS_AMQP_URL")
    given = Given(
        amqp_url=amqp_url,
        management_url=env.get("PRIORBUS_RABBITMQ_MANAGEMENT_URL") or (amqp_url and _default_management_url(amqp_url)),
        mongo_url=env.get("PRIORBUS_MONGO_URL"),
        s3_endpoint=env.get("PRIORBUS_S3_ENDPOINT"),
        s3_access_key=env.get("PRIORBUS_S3_ACCESS_KEY", ""),
        s3_secret_key=env.get("PRIORBUS_S3_SECRET_KEY", ""),
    )
    if given.s3_endpoint and not (given.s3_access_key and given.s3_secret_key):
        raise DevstackError("PRIORBUS_S3_ENDPOINT is given without PRIORBUS_S3_ACCESS_KEY and PRIORBUS_S3_SECRET_KEY")
    return given


def _default_management_url(amqp_url: str) -> str:
    address = urlsplit(amqp_url)
    return f"http://{address.username or 'guest'}:{address.password or 'guest'}@{address.hostname}:15672"
