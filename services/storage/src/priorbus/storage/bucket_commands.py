"""`priorbus storage`: what an operator sets on the bucket. Every command may be repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import typer

from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.objects import StorageUnavailable
from priorbus.runtime.objects.bucket import Bucket, BucketTaken, Unsupported, open_bucket
from priorbus.runtime.settings import ObjectStoreSettings
from priorbus.storage.domain.bucket_rules import Rule, Unfit, encrypted_transport, leftovers, merged, uploads_from
from priorbus.storage.settings import UploadSettings

app = typer.Typer(help="The bucket of the object store.", no_args_is_help=True)
NOT_THERE: Final = "not supported by this object store"


@app.callback()
def storage() -> None:
    """The bucket of the object store."""


@app.command()
def create_bucket(*, as_json: AsJson = False) -> None:
    """Create the bucket unless it exists, and close it to the public where the store knows how."""

    async def work(bucket: Bucket, _: ObjectStoreSettings) -> dict[str, Any]:
        created = await bucket.create()
        try:
            await bucket.close_to_public()
        except Unsupported:
            return {"created": created, "publicAccess": NOT_THERE}
        return {"created": created, "publicAccess": "blocked"}

    perform(work, as_json=as_json)


@app.command()
def set_policy(*, as_json: AsJson = False) -> None:
    """Refuse requests without TLS. Refused itself where an address of the store is http."""

    async def work(bucket: Bucket, settings: ObjectStoreSettings) -> dict[str, Any]:
        wanted = encrypted_transport(bucket.name, (settings.s3_endpoint, settings.s3_public_endpoint))
        return await apply(wanted, "Sid", bucket.policy, bucket.set_policy)

    perform(work, as_json=as_json)


@app.command()
def set_cors(
    origin: Annotated[list[str], typer.Option(help="Where browsers upload from, for example https://ehr.example.org; may be repeated.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Let pages of these origins upload and download with presigned URLs and forms, and those of no others."""

    async def work(bucket: Bucket, settings: ObjectStoreSettings) -> dict[str, Any]:
        wanted = uploads_from(origin, live=settings.environment == "live")
        return await apply(wanted, "ID", bucket.cors, bucket.set_cors)

    perform(work, as_json=as_json)


@app.command()
def set_lifecycle(*, as_json: AsJson = False) -> None:
    """Let the store itself remove uploads that were left behind. Refused where a present rule removes objects that have to stay."""
    uploads = command_settings(UploadSettings, as_json=as_json)

    async def work(bucket: Bucket, _: ObjectStoreSettings) -> dict[str, Any]:
        wanted = leftovers(uploads.upload_ttl_seconds + uploads.upload_grace_seconds, await bucket.lifecycle())
        return await apply(wanted, "ID", bucket.lifecycle, bucket.set_lifecycle)

    perform(work, as_json=as_json)


@app.command()
def set_encryption(*, as_json: AsJson = False) -> None:
    """Make the encryption of PRIORBUS_S3_ENCRYPTION the bucket's default, which uploads by form depend on."""

    async def work(bucket: Bucket, settings: ObjectStoreSettings) -> dict[str, Any]:
        if settings.s3_encryption == "default":
            raise Unfit("PRIORBUS_S3_ENCRYPTION is `default`, which leaves encryption to the bucket: there is nothing to set")
        await bucket.set_encryption()
        return {"encryption": await bucket.encryption()}

    perform(work, as_json=as_json)


@app.command("show")
def show_bucket(*, as_json: AsJson = False) -> None:
    """What is set on the bucket."""

    async def work(bucket: Bucket, _: ObjectStoreSettings) -> dict[str, Any]:
        parts: dict[str, Callable[[], Awaitable[Any]]] = {
            "policy": bucket.policy,
            "cors": bucket.cors,
            "lifecycle": bucket.lifecycle,
            "encryption": bucket.encryption,
        }
        return {name: await _or_not_there(read) for name, read in parts.items()}

    perform(work, as_json=as_json)


async def _or_not_there(read: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await read()
    except Unsupported:
        return NOT_THERE


async def apply(
    wanted: list[Rule],
    name: str,
    read: Callable[[], Awaitable[list[dict[str, Any]]]],
    write: Callable[[list[dict[str, Any]]], Awaitable[None]],
) -> dict[str, Any]:
    """Put our rules beside those of others and see that the store has kept them. Raises Unfit when it has not."""
    await write(merged(await read(), wanted, name))
    kept = await read()
    missing = {rule[name] for rule in wanted} - {rule.get(name) for rule in kept}
    if missing:
        raise Unfit(f"the object store took the rules but has not kept {', '.join(sorted(missing))}")
    return {"rules": kept}


def perform(work: Callable[[Bucket, ObjectStoreSettings], Awaitable[dict[str, Any]]], *, as_json: bool) -> None:
    """Run one command and print what came of it, or why nothing did."""
    settings = command_settings(ObjectStoreSettings, as_json=as_json)

    async def run() -> dict[str, Any]:
        async with open_bucket(settings) as bucket:
            return {"bucket": bucket.name, **await work(bucket, settings)}

    try:
        done = asyncio.run(run())
    except Unfit as error:
        fail(str(error), as_json=as_json)
    except Unsupported as error:
        fail(f"this object store has no {error}", as_json=as_json)
    except BucketTaken:
        fail(f"the name {settings.s3_bucket} belongs to somebody else; choose another one in PRIORBUS_S3_BUCKET", as_json=as_json)
    except StorageUnavailable as error:
        fail(f"the object store does not do it: {error}", as_json=as_json)
    show(done, "\n".join(f"{name}: {value}" for name, value in done.items()), as_json=as_json)
