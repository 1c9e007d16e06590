"""Envelopes as CloudEvents 1.0 JSON; every internal AMQP body is a JSON batch of them (Conventions 13)."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from priorbus.contracts.envelope import Envelope, Idempotency

BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
CONTENT_TYPE = "application/cloudevents+json"
SOURCE = "/priorbus"
_TRACEPARENT = re.compile(rb'"traceparent":"([0-9a-f-]{55})"')


class MalformedBatch(ValueError):
    """A body is not a batch of Priorbus messages; the text names what is missing, never content."""


def encode(envelope: Envelope, data_json: bytes) -> bytes:
    """One CloudEvent as JSON. `data_json` goes in as it is, in place of `envelope.data`."""
    attributes = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": SOURCE,
        "type": envelope.type,
        "time": envelope.time,
        "datacontenttype": "application/json",
        "tenantid": envelope.tenant,
        "attempt": envelope.attempt,
        **_extensions(envelope),
    }
    return orjson.dumps(attributes, option=orjson.OPT_UTC_Z)[:-1] + b',"data":' + data_json + b"}"


def encode_parsed(envelope: Envelope) -> bytes:
    """One CloudEvent as JSON, from `envelope.data`."""
    return encode(envelope, orjson.dumps(envelope.data))


def join(bodies: Iterable[bytes]) -> bytes:
    """A batch of encoded CloudEvents."""
    return b"[" + b",".join(bodies) + b"]"


def decode(body: bytes) -> list[Envelope]:
    """The messages of a batch, in order. Raises MalformedBatch."""
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedBatch("not JSON") from None
    if type(events) is not list or not events:
        raise MalformedBatch("not a batch")
    try:
        return [_envelope(event) for event in events]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedBatch(f"not a message: {type(error).__name__}") from None


def traceparent_of(body: bytes) -> str:
    """The `traceparent` of one encoded CloudEvent, empty when it has none; cheaper than reading all of it."""
    found = _TRACEPARENT.search(body)
    return "" if found is None else found[1].decode()


def _extensions(envelope: Envelope) -> dict[str, str]:
    found = {
        "clientid": envelope.client,
        "userid": envelope.user,
        "correlationid": envelope.request_id,
        "causationid": envelope.causation_id,
        "traceparent": envelope.traceparent,
    }
    if envelope.idempotency is not None:
        found["idempotencyscope"] = envelope.idempotency.scope
        found["idempotencyfingerprint"] = envelope.idempotency.fingerprint
    return {name: value for name, value in found.items() if value}


def _envelope(event: Mapping[str, Any]) -> Envelope:
    get = event.get
    scope = get("idempotencyscope")
    data = event["data"]
    if type(data) is not dict or type(event["id"]) is not str or type(event["type"]) is not str:
        raise TypeError("id, type or data")
    return Envelope(
        id=event["id"],
        type=event["type"],
        time=datetime.fromisoformat(event["time"]),
        tenant=event["tenantid"],
        data=data,
        client=get("clientid", ""),
        user=get("userid", ""),
        request_id=get("correlationid", ""),
        causation_id=get("causationid", ""),
        traceparent=get("traceparent", ""),
        idempotency=Idempotency(scope, event["idempotencyfingerprint"]) if scope else None,
        attempt=int(get("attempt", 1)),
    )
