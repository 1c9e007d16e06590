"""The object store: a port, its S3 adapter, and how a service opens it."""

from priorbus.runtime.objects.port import (
    ObjectChanged,
    ObjectInfo,
    ObjectMissing,
    ObjectStore,
    SignedForm,
    SignedRequest,
    StorageUnavailable,
)
from priorbus.runtime.objects.s3 import S3ObjectStore, open_objects

__all__ = [
    "ObjectChanged",
    "ObjectInfo",
    "ObjectMissing",
    "ObjectStore",
    "S3ObjectStore",
    "SignedForm",
    "SignedRequest",
    "StorageUnavailable",
    "open_objects",
]
