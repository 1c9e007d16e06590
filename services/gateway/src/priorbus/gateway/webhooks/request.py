"""What is sent to a receiver (Conventions 11.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from standardwebhooks.webhooks import Webhook

_CLOUD_EVENT = "application/cloudevents+json"
_STANDARD = "application/json"
_AGENT = "priorbus-webhooks/1"


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """One signed POST."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def request_of(delivery: Mapping[str, Any], endpoint: Mapping[str, Any], secrets: Sequence[str], now: datetime) -> OutgoingRequest:
    """The request of one attempt; the id stays the same over all attempts, the timestamp is that of this one."""
    standard = endpoint["format"] == "standard"
    body = standard_body(delivery["body"]) if standard else delivery["body"]
    headers = {
        "Content-Type": _STANDARD if standard else _CLOUD_EVENT,
        "User-Agent": _AGENT,
        "webhook-id": delivery["event"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature(secrets, delivery["event"], now, body),
    }
    return OutgoingRequest(endpoint["url"], headers, body)


def standard_body(cloud_event: bytes) -> bytes:
    """A CloudEvent in the form of Standard Webhooks."""
    event = orjson.loads(cloud_event)
    short = event["type"].removeprefix("priorbus.").rpartition(".")[0]
    return orjson.dumps({"type": short, "timestamp": event["time"], "data": event["data"]})


def signature(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> str:
    """One signature for each secret, separated by spaces."""
    return " ".join(Webhook(secret).sign(message_id, at, body.decode()) for secret in secrets)
