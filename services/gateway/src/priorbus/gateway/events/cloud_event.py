"""Public CloudEvents in JSON structured mode (Conventions 13.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from priorbus.contracts.envelope import Envelope
from priorbus.gateway.presentation.moments import wire_moment

_SEQUENCE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Subject:
    """What events are about; shown as `<kind>/<id>`."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


def encode_event(cause: Envelope, subject: Subject, event: Mapping[str, Any], event_id: str, base_url: str) -> bytes:
    """One event of a fact. `event` is the JSON of `contracts.events.Event`; only its `data` becomes public."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/tenants/{cause.tenant}",
        "type": f"priorbus.{event['type']}.v1",
        "subject": str(subject),
        "time": wire_moment(event["at"]),
        "datacontenttype": "application/json",
        "dataschema": f"{base_url}/schemas/events/{event['type']}.json",
        "sequence": str(event["sequence"]).zfill(_SEQUENCE_DIGITS),
        "partitionkey": subject.id,
        "tenantid": cause.tenant,
    }
    extensions = {"correlationid": cause.request_id, "causationid": cause.causation_id, "traceparent": cause.traceparent}
    attributes.update({name: value for name, value in extensions.items() if value})
    return orjson.dumps(attributes | {"data": event["data"]})
