"""Patients' documents on a real object store: odd names, races, what is removed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from priorbus.contracts.patients import PatientAttachment
from priorbus.devstack.backing import Backing
from priorbus.runtime.objects import ObjectStore, StorageUnavailable, open_objects
from priorbus.runtime.settings import ObjectStoreSettings
from priorbus.storage.domain.patients.content import Content
from priorbus.storage.domain.patients.keys import content_key, upload_prefix
from priorbus.storage.patient_uploads import remove_all, settle

NOW = datetime(2026, 5, 5, tzinfo=UTC)
LIMIT = 26_214_400
PDF = b"%PDF-1.7 note"


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


def received(id_: int, name: str) -> PatientAttachment:
    """A record that waits for its processing; its ticket is its id."""
    return PatientAttachment(
        id=id_,
        tenant="t_a",
        version=1,
        patient_id=5,
        user_id=7,
        status="received",
        upload_key=upload_prefix("t_a", 5, str(id_)) + name,
        storage_key=content_key("t_a", id_),
        created_at=NOW,
        updated_at=NOW,
    )


async def digest_of(objects: ObjectStore, key: str) -> str:
    digest = hashlib.sha256()
    async with objects.get(key) as chunks:
        async for chunk in chunks:
            digest.update(chunk)
    return digest.hexdigest()


NAMES = ["scan 1.pdf", "100%.pdf", "a%20b+c.pdf", "#1?.pdf", "röntgen.pdf", "a&b<c>'d.pdf", "x" * 255]


@pytest.mark.parametrize("name", NAMES)
async def test_any_name_is_taken_over(objects: ObjectStore, name: str) -> None:
    attachment = received(100 + NAMES.index(name), name)
    await objects.put(attachment.upload_key, PDF, content_type="text/plain")
    found = await settle(objects, attachment, LIMIT, None)
    assert found == Content(len(PDF), hashlib.sha256(PDF).hexdigest(), "application/pdf")
    assert await settle(objects, attachment, LIMIT, None) == found
    assert await objects.head(attachment.upload_key) is None


async def test_a_document_of_exactly_the_limit_and_one_above(objects: ObjectStore) -> None:
    attachment = received(1, "x")
    await objects.put(attachment.upload_key, bytes(LIMIT), content_type="text/plain")
    assert await settle(objects, attachment, LIMIT - 1, None) == "object_too_large"
    assert await settle(objects, attachment, LIMIT, None) == Content(LIMIT, hashlib.sha256(bytes(LIMIT)).hexdigest(), "text/plain")


async def test_nothing_is_there(objects: ObjectStore) -> None:
    assert await settle(objects, received(2, "x"), LIMIT, None) == "object_missing"


async def test_every_worker_among_racing_uploads_speaks_of_the_bytes_that_stay(objects: ObjectStore) -> None:
    attachment = received(3, "race.pdf")

    async def upload(number: int) -> None:
        await objects.put(attachment.upload_key, b"%PDF-" + str(number).encode() * 100_000, content_type="application/pdf")

    await upload(0)
    workers = [settle(objects, attachment, LIMIT, None) for _ in range(8)]
    outcomes = await asyncio.gather(*workers, *(upload(number) for number in range(1, 8)), return_exceptions=True)
    last = await settle(objects, attachment, LIMIT, None)
    digests = {outcome.sha256 for outcome in (*outcomes, last) if isinstance(outcome, Content)}
    assert digests == {await digest_of(objects, attachment.storage_key)}
    # a worker that was never left alone comes again later
    assert [outcome for outcome in outcomes if not isinstance(outcome, Content | StorageUnavailable | None)] == []


async def test_only_what_a_ticket_has_brought_is_removed(objects: ObjectStore) -> None:
    mine, other = received(4, "a.pdf"), received(40, "b.pdf")
    for key in (mine.upload_key, mine.upload_key + "2", other.upload_key, mine.storage_key):
        await objects.put(key, PDF, content_type="text/plain")
    await remove_all(objects, upload_prefix("t_a", 5, "4"))
    assert [found.key async for found in objects.list("t_a/patients/5/attachments/temp/4")] == [other.upload_key]
    assert await objects.head(mine.storage_key) is not None
