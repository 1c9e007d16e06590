"""Private corners of one shared backing stack: a virtual host, a database prefix, a bucket."""

from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import botocore.session
import httpx
from botocore.config import Config

from priorbus.devstack.backing import Backing


def create_vhost(stack: Backing, name: str) -> str:
    """Create a virtual host which the stack's account may use freely; its AMQP address."""
    management = urlsplit(stack.management_url)
    with httpx.Client(base_url=stack.management_url, timeout=30) as client:
        client.put(f"/api/vhosts/{quote(name, safe='')}").raise_for_status()
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        client.put(f"/api/permissions/{quote(name, safe='')}/{management.username}", json=everything).raise_for_status()
    return urlunsplit(urlsplit(stack.amqp_url)._replace(path=f"/{quote(name, safe='')}"))


def delete_vhost(stack: Backing, amqp_url: str) -> None:
    """Drop the virtual host of this address with its queues, and close its connections."""
    name = urlsplit(amqp_url).path.removeprefix("/")
    httpx.delete(f"{stack.management_url}/api/vhosts/{name}", timeout=30).raise_for_status()


@cache
def _session() -> botocore.session.Session:
    """One for all clients: each would read the description of S3 anew."""
    return botocore.session.get_session()


def create_bucket(stack: Backing, name: str) -> str:
    """Create a bucket; its name."""
    client: Any = _session().create_client(
        "s3",
        endpoint_url=stack.s3_endpoint,
        aws_access_key_id=stack.s3_access_key,
        aws_secret_access_key=stack.s3_secret_key,
        region_name=stack.s3_region,
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket=name)
    client.close()
    return name
