from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from priorbus.devstack.backing import Backing
from priorbus.runtime.errors import CannotStart
from priorbus.runtime.objects import StorageUnavailable, open_objects
from priorbus.runtime.objects.form_check import prove_forms
from priorbus.runtime.settings import ObjectStoreSettings


def settings(endpoint: str, backing: Backing, bucket: str, **named: str) -> ObjectStoreSettings:
    return ObjectStoreSettings.model_validate(
        {
            "s3_endpoint": endpoint,
            "s3_public_endpoint": endpoint,
            "s3_access_key": backing.s3_access_key,
            "s3_secret_key": backing.s3_secret_key,
            "s3_region": backing.s3_region,
            "s3_bucket": bucket,
            **named,
        }
    )


async def test_the_bucket_takes_forms_and_nothing_stays(backing: Backing, bucket: str) -> None:
    given = settings(backing.s3_endpoint, backing, bucket, s3_public_endpoint="https://files.example.org")
    async with open_objects(given) as objects:
        await prove_forms(objects, given, datetime.now(UTC))
        assert [found.key async for found in objects.list("probes/")] == []


async def test_a_bucket_that_refuses_forms_stops_the_start_and_says_why(backing: Backing, bucket: str) -> None:
    given = settings(backing.s3_endpoint, backing, bucket)
    async with open_objects(given) as objects:
        with pytest.raises(CannotStart, match="answered 403 to a form upload with acl=private"):
            await prove_forms(objects, given, datetime.now(UTC) - timedelta(hours=1))


@pytest.mark.parametrize("status", [500, 503])
async def test_a_store_that_can_not_serve_now_is_asked_again(backing: Backing, bucket: str, status: int) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    application = web.Application()
    application.router.add_post("/{tail:.*}", answer)
    async with TestServer(application) as server:
        given = settings(str(server.make_url("")).rstrip("/"), backing, bucket)
        async with open_objects(given) as objects:
            with pytest.raises(StorageUnavailable):
                await prove_forms(objects, given, datetime.now(UTC))


async def test_a_store_that_is_not_there(backing: Backing, bucket: str) -> None:
    given = settings("http://127.0.0.1:1", backing, bucket)
    async with open_objects(given) as objects:
        with pytest.raises(StorageUnavailable):
            await prove_forms(objects, given, datetime.now(UTC))
