"""What operators set on the bucket: that it exists, policy, cross-origin rules, lifecycle, default encryption."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from botocore.exceptions import ClientError

from priorbus.runtime.objects.client import client_of, place_of_bucket
from priorbus.runtime.objects.encryption import encryption_of
from priorbus.runtime.objects.errors import translated
from priorbus.runtime.settings import ObjectStoreSettings

Rules = list[dict[str, Any]]

_NONE_YET = {
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
}
_UNKNOWN = {"NotImplemented", "MethodNotAllowed", "NotSupported", "UnsupportedOperation"}


class Unsupported(Exception):
    """The object store does not have this; the text names what."""


class BucketTaken(Exception):
    """The bucket's name belongs to somebody else."""


class Bucket:
    """The bucket of the settings. Every call may raise StorageUnavailable, all but `create` also Unsupported."""

    def __init__(self, client: Any, settings: ObjectStoreSettings) -> None:
        self._client = client
        self._settings = settings
        self.name = settings.s3_bucket

    async def create(self) -> bool:
        """Whether it was not there before. Raises BucketTaken."""
        with translated("create_bucket"):
            try:
                await self._client.create_bucket(Bucket=self.name, **place_of_bucket(self._client))
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code == "BucketAlreadyExists":
                    raise BucketTaken(self.name) from None
                if code != "BucketAlreadyOwnedByYou":
                    raise
                return False
        return True

    async def close_to_public(self) -> None:
        """Refuse every public access, whatever a policy or an object's access list says."""
        everything = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
        with _called("blocking of public access"):
            await self._client.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=everything)

    async def policy(self) -> Rules:
        """The statements of the policy."""
        with _called("bucket policies"):
            answer = await _or_none(self._client.get_bucket_policy(Bucket=self.name))
        return [] if answer is None else list(json.loads(answer["Policy"])["Statement"])

    async def set_policy(self, statements: Rules) -> None:
        """Replace the policy."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        with _called("bucket policies"):
            await self._client.put_bucket_policy(Bucket=self.name, Policy=policy)

    async def cors(self) -> Rules:
        """The cross-origin rules."""
        with _called("cross-origin rules"):
            answer = await _or_none(self._client.get_bucket_cors(Bucket=self.name))
        return [] if answer is None else list(answer["CORSRules"])

    async def set_cors(self, rules: Rules) -> None:
        """Replace the cross-origin rules."""
        with _called("cross-origin rules"):
            await self._client.put_bucket_cors(Bucket=self.name, CORSConfiguration={"CORSRules": rules})

    async def lifecycle(self) -> Rules:
        """The lifecycle rules."""
        with _called("lifecycle rules"):
            answer = await _or_none(self._client.get_bucket_lifecycle_configuration(Bucket=self.name))
        return [] if answer is None else list(answer.get("Rules", ()))

    async def set_lifecycle(self, rules: Rules) -> None:
        """Replace the lifecycle rules."""
        with _called("lifecycle rules"):
            await self._client.put_bucket_lifecycle_configuration(Bucket=self.name, LifecycleConfiguration={"Rules": rules})

    async def encryption(self) -> str | None:
        """The algorithm that objects get which ask for none."""
        with _called("default encryption"):
            answer = await _or_none(self._client.get_bucket_encryption(Bucket=self.name))
        if answer is None:
            return None
        (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
        return str(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])

    async def set_encryption(self) -> None:
        """Make what the settings demand the default as well, which uploads by form depend on."""
        wanted = encryption_of(self._settings).parameters
        default = {"SSEAlgorithm": wanted["ServerSideEncryption"]}
        if "SSEKMSKeyId" in wanted:
            default["KMSMasterKeyID"] = wanted["SSEKMSKeyId"]
        configuration = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
        with _called("default encryption"):
            await self._client.put_bucket_encryption(Bucket=self.name, ServerSideEncryptionConfiguration=configuration)


@asynccontextmanager
async def open_bucket(settings: ObjectStoreSettings) -> AsyncIterator[Bucket]:
    """The bucket that the settings name; contacts nothing yet."""
    async with client_of(settings, settings.s3_endpoint) as client:
        yield Bucket(client, settings)


async def _or_none(call: Any) -> Any:
    try:
        return await call
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NONE_YET:
            return None
        raise


@contextmanager
def _called(what: str) -> Iterator[None]:
    with translated("bucket_settings"):
        try:
            yield
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _UNKNOWN:
                raise Unsupported(what) from None
            raise
