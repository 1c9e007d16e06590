"""The record of a webhook endpoint (Conventions 11.1)."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.work import Index

COLLECTION = "webhook_endpoints"
INDEXES = (Index("newest", (("tenant", 1), ("created_at", -1), ("_id", -1))),)
MOST = 20
"""Endpoints of one tenant."""
_SECRET_BYTES = 32
_BOTH_SIGN = timedelta(hours=24)

Format = Literal["standard", "cloudevents"]
DisabledReason = Literal["requested", "gone", "failing"]


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What a client wants."""

    url: str
    event_types: Sequence[str]
    format: Format
    description: str | None


def endpoint_record(endpoint_id: str, tenant: str, wanted: NewEndpoint, sealed: bytes, now: datetime) -> Document:
    """An enabled endpoint; `sealed` is its secret.

    `failing_since` is the first failure after the last success, `paused_until` what a busy receiver asked for, `told` counts the events
    about the endpoint itself.
    """
    return {
        "_id": endpoint_id,
        "tenant": tenant,
        "url": wanted.url,
        "event_types": list(wanted.event_types),
        "format": wanted.format,
        "description": wanted.description,
        "status": "enabled",
        "disabled_reason": None,
        "secret": sealed,
        "previous_secret": None,
        "previous_until": None,
        "failing_since": None,
        "paused_until": None,
        "told": 0,
        "created_at": now,
        "updated_at": now,
    }


def new_secret() -> str:
    """A signing secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def rotation(record: Document, sealed: bytes, now: datetime) -> Document:
    """The changes that give an endpoint a new secret; for a day both sign."""
    return {"secret": sealed, "previous_secret": record["secret"], "previous_until": now + _BOTH_SIGN}


def signing_secrets(record: Mapping[str, Any], now: datetime) -> list[bytes]:
    """The sealed secrets that sign now, the newest first."""
    previous = record["previous_secret"] if record["previous_until"] is not None and record["previous_until"] > now else None
    return [record["secret"], *([previous] if previous else [])]
