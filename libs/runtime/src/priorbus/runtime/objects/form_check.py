"""Proves at the start that the bucket takes what clients will post: a full form with `acl=private` (patient-attachments.md 4.4)."""

import asyncio
import secrets
from datetime import datetime, timedelta
from http import HTTPStatus

import aiohttp

from priorbus.runtime.errors import CannotStart
from priorbus.runtime.objects.forms import FILE_NAME, bucket_url
from priorbus.runtime.objects.port import ObjectStore, SignedForm, StorageUnavailable
from priorbus.runtime.settings import ObjectStoreSettings

_SECONDS = 10.0
_TTL = timedelta(minutes=5)
_NAME = "probe.txt"


async def prove_forms(objects: ObjectStore, settings: ObjectStoreSettings, now: datetime) -> None:
    """Post one small form as a client would, and remove what came of it. Raises CannotStart, StorageUnavailable."""
    form = await objects.presign_post(f"probes/{secrets.token_hex(16)}/", max_bytes=1, now=now, expires=(now + _TTL).replace(microsecond=0))
    # The signature does not cover the address, and services may not reach the one that clients use.
    status = await _posted(form, bucket_url(settings, settings.s3_endpoint))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise StorageUnavailable(f"form: {status}")
    if status != HTTPStatus.CREATED:
        raise CannotStart(
            f"the object store answered {status} to a form upload with acl=private and success_action_status=201: the bucket has to accept "
            "forms signed with version 4 and the private canned ACL (on AWS: object ownership `BucketOwnerPreferred` or `ObjectWriter`), "
            "and to encrypt by default where it wants encryption, because forms say nothing of it"
        )
    await objects.delete(form.fields["key"].replace(FILE_NAME, _NAME))


async def _posted(form: SignedForm, url: str) -> int:
    parts = aiohttp.FormData(quote_fields=False)
    for name, value in form.fields.items():
        parts.add_field(name, value)
    parts.add_field("file", b"x", filename=_NAME)
    try:
        async with asyncio.timeout(_SECONDS), aiohttp.ClientSession() as http, http.post(url, data=parts, allow_redirects=False) as answer:
            return answer.status
    except (aiohttp.ClientError, OSError) as error:
        raise StorageUnavailable(f"form: {type(error).__name__}") from None
