"""Public events about an endpoint itself: it is tested, it was disabled (Conventions 10.3)."""

from datetime import datetime

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.events import Event
from priorbus.contracts.public_events import EndpointDisabled, EndpointTested
from priorbus.gateway.events.cloud_event import Subject, encode_event
from priorbus.gateway.events.ids import repeatable_id
from priorbus.gateway.read_models import event_log
from priorbus.gateway.webhooks.endpoint import DisabledReason
from priorbus.runtime.mongo.documents import Document

TEST = "webhook_endpoint.test"
DISABLED = "webhook_endpoint.disabled"


def tested_row(record: Document, at: datetime, request_id: str, base_url: str) -> Document:
    """The event log's row of a test, addressed to the endpoint whatever types it wants."""
    data = EndpointTested(endpoint_id=record["_id"])
    return {**_row(record, TEST, data.model_dump(by_alias=True), at, request_id, base_url), "to": record["_id"]}


def disabled_row(record: Document, reason: DisabledReason, at: datetime, request_id: str, base_url: str) -> Document:
    """The event log's row that tells everybody else."""
    data = EndpointDisabled(endpoint_id=record["_id"], reason=reason)
    return _row(record, DISABLED, data.model_dump(by_alias=True), at, request_id, base_url)


def event_id(record: Document, at: datetime) -> str:
    """The id of the next event about an endpoint."""
    return repeatable_id("evt", at, record["_id"], str(record["told"] + 1))


def _row(record: Document, kind: str, data: Document, at: datetime, request_id: str, base_url: str) -> Document:
    event = Event(type=kind, sequence=record["told"] + 1, at=at, actor="system", data=data).model_dump(mode="json")
    own_id = event_id(record, at)
    cause = Envelope(own_id, kind, at, record["tenant"], {}, request_id=request_id)
    subject = Subject("webhook_endpoint", record["_id"])
    body = encode_event(cause, subject, event, own_id, base_url)
    return event_log.document(own_id, record["tenant"], str(subject), [kind], [body])
