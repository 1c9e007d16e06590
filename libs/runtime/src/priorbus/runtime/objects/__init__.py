"""The object store: a port, its S3 adapter, and how a service opens it."""

from priorbus.runtime.objects.port import ObjectChanged, ObjectInfo, ObjectMissing, ObjectStore, SignedRequest, StorageUnavailable
from priorbus.runtime.objects.s3 import S3ObjectStore, open_objects

__all__ = [
    "ObjectChanged",
    "ObjectInfo",
    "ObjectMissing",
    "ObjectStore",
    "S3ObjectStore",
    "SignedRequest",
    "StorageUnavailable",
    "open_objects",
]
