"""The record of one event on its way to one endpoint (Conventions 11.3)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, get_args

import orjson

from priorbus.gateway.events.ids import repeatable_id
from priorbus.gateway.events.selection import matches
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.work import Index

COLLECTION = "webhook_deliveries"
_KEPT_SECONDS = 30 * 24 * 3600
Status = Literal["pending", "delivering", "delivered", "retry_scheduled", "exhausted", "canceled"]
STATUSES: tuple[Status, ...] = get_args(Status)
INDEXES = (
    Index("open", (("lane", 1), ("due", 1)), partial={"lane": {"$exists": True}}),
    Index("by_status", (("tenant", 1), ("status", 1), ("_id", -1))),
    Index("by_endpoint", (("endpoint", 1), ("_id", -1))),
    Index("by_event", (("tenant", 1), ("event", 1))),
    Index("expiry", (("at", 1),), expire_after=_KEPT_SECONDS),
)


def deliveries_of(row: Document, endpoints: Iterable[Document], at: datetime, cause: str = "") -> Iterator[Document]:
    """The deliveries of a row of the event log to those endpoints that want its events, or to the one it is addressed `to`.

    Another `cause`, such as a replay, makes other deliveries of the same events.
    """
    addressee = row.get("to")
    if addressee is not None:
        endpoints = [{"_id": addressee, "event_types": ["*"]}]
    for endpoint in endpoints:
        for event_type, body in zip(row["types"], row["events"], strict=True):
            if matches(endpoint["event_types"], event_type):
                yield delivery(row["tenant"], endpoint["_id"], event_type, body, at, cause)


def delivery(tenant: str, endpoint_id: str, event_type: str, body: bytes, at: datetime, cause: str) -> Document:
    """A pending delivery: `body` is the CloudEvent, `lane` and `due` are there as long as it is open, `tries` belong to its schedule."""
    event_id = orjson.loads(body)["id"]
    return {
        "_id": repeatable_id("whd", at, endpoint_id, event_id, cause),
        "tenant": tenant,
        "endpoint": endpoint_id,
        "event": event_id,
        "type": event_type,
        "body": body,
        "status": "pending",
        "lane": endpoint_id,
        "due": at,
        "tries": 0,
        "attempts": [],
        "created_at": at,
        "at": at,
    }


def reopened(record: Mapping[str, Any], now: datetime) -> Document:
    """The changes that have a delivery attempted now, with the whole schedule before it."""
    return {"status": "pending", "lane": record["endpoint"], "due": now, "tries": 0, "at": now}
