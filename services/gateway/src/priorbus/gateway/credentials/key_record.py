"""API keys as they are stored: everything but the key (Conventions 3.3)."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from priorbus.gateway.credentials import api_key
from priorbus.runtime.mongo.documents import Document

COLLECTION = "api_keys"
USER_ID_BITS = 62


@dataclass(frozen=True)
class NewKey:
    """What is wanted of a key; `quotas` are rate limits of its own by policy."""

    tenant: str
    name: str
    scopes: Iterable[str]
    expires_at: datetime | None = None
    quotas: Mapping[str, int] | None = None


def key_record(key_id: str, secret: str, wanted: NewKey, now: datetime) -> Document:
    """The document of a new key; its holder gets a user id of its own."""
    return {
        "_id": key_id,
        "digest": api_key.digest(secret),
        "tenant": wanted.tenant,
        "name": wanted.name,
        "user_id": secrets.randbits(USER_ID_BITS) + 1,
        "scopes": sorted(set(wanted.scopes)),
        "quotas": dict(wanted.quotas or {}),
        "created_at": now,
        "last_used_at": None,
        "revoked_at": None,
        "expires_at": wanted.expires_at,
    }
