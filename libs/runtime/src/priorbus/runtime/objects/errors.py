"""What went wrong at S3, in terms of the port."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from priorbus.runtime import metrics
from priorbus.runtime.objects.port import ObjectChanged, ObjectMissing, StorageUnavailable

_MISSING = {"404", "NoSuchKey", "NotFound"}
_CONDITION = {"412", "PreconditionFailed", "ConditionalRequestConflict"}
_EXPECTED = (ObjectMissing, ObjectChanged)


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raise only errors of the port, and time the call. What they say holds no key and no URL, so it may be logged."""
    with metrics.object_store_call(operation, expected=_EXPECTED):
        try:
            yield
        except ClientError as error:
            raise _translate(operation, error) from None
        except (BotoCoreError, aiohttp.ClientError, OSError) as error:
            raise StorageUnavailable(f"{operation}: {type(error).__name__}") from None


def code_of(error: ClientError) -> str:
    """What S3 calls it; of a HEAD only the status is known."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _translate(operation: str, error: ClientError) -> Exception:
    code = code_of(error)
    if code in _MISSING:
        return ObjectMissing(operation)
    if code in _CONDITION:
        return ObjectChanged(operation)
    return StorageUnavailable(f"{operation}: {code}")
