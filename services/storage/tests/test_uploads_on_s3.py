"""The races of an upload on a real object store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from priorbus.contracts.files import File
from priorbus.devstack.backing import Backing
from priorbus.runtime.objects import ObjectStore, open_objects
from priorbus.runtime.settings import ObjectStoreSettings
from priorbus.storage.domain.files import Description, created
from priorbus.storage.domain.inspection import Accepted
from priorbus.storage.domain.keys import final_key, quarantine_key
from priorbus.storage.uploads import discard, settle

NOW = datetime(2026, 5, 5, tzinfo=UTC)
LIMIT = 26_214_400


@pytest.fixture
async def objects(backing: Backing, bucket: str) -> AsyncIterator[ObjectStore]:
    settings = ObjectStoreSettings.model_validate(
        {
            "s3_endpoint": backing.s3_endpoint,
            "s3_public_endpoint": backing.s3_endpoint,
            "s3_access_key": backing.s3_access_key,
            "s3_secret_key": backing.s3_secret_key,
            "s3_region": backing.s3_region,
            "s3_bucket": bucket,
        }
    )
    async with open_objects(settings) as opened:
        yield opened


def waiting(file_id: str) -> File:
    description = Description("x.pdf", "application/pdf", None)
    return created(file_id, "t_a", description, key=quarantine_key("t_a", file_id, "ff"), now=NOW, upload_expires_at=NOW)


async def digest_of(objects: ObjectStore, key: str) -> str:
    digest = hashlib.sha256()
    async with objects.get(key) as chunks:
        async for chunk in chunks:
            digest.update(chunk)
    return digest.hexdigest()


async def test_auth_86_a_file_of_exactly_the_limit(objects: ObjectStore) -> None:
    file = waiting("file_limit")
    body = b"%PDF-" + bytes(LIMIT - 5)
    await objects.put(file.storage_key, body, content_type="application/pdf")
    assert await settle(objects, file, LIMIT) == Accepted(LIMIT, hashlib.sha256(body).hexdigest())
    assert await objects.head(file.storage_key) is None
    await discard(objects, "t_a", file.id, file)
    assert await objects.head(final_key("t_a", "file_limit")) is None


async def test_every_completion_among_racing_uploads_speaks_of_the_bytes_that_stay(objects: ObjectStore) -> None:
    file = waiting("file_race")

    async def upload(number: int) -> None:
        await objects.put(file.storage_key, b"%PDF-" + str(number).encode() * 100_000, content_type="application/pdf")

    await upload(0)
    verdicts = await asyncio.gather(*(settle(objects, file, LIMIT) for _ in range(8)), *(upload(number) for number in range(1, 8)))
    accepted = {verdict.sha256 for verdict in verdicts if isinstance(verdict, Accepted)}
    assert accepted == {await digest_of(objects, final_key("t_a", "file_race"))}
