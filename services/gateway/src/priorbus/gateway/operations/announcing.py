"""The public event `operation.completed`."""

from datetime import datetime

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.events import Event
from priorbus.gateway.events.cloud_event import Subject, encode_event
from priorbus.gateway.events.ids import repeatable_id
from priorbus.gateway.read_models import event_log
from priorbus.runtime.mongo.documents import Document

EVENT_TYPE = "operation.completed"


def announcement(row: Document, status: str, at: datetime, base_url: str) -> Document:
    """The event log's row for an operation that became terminal."""
    data = {"id": row["_id"], "status": status}
    event = Event(type=EVENT_TYPE, sequence=1, at=at, actor="system", data=data).model_dump(mode="json")
    command_id, tenant = row["command_id"], row["tenant"]
    cause = Envelope(command_id, EVENT_TYPE, at, tenant, {}, request_id=row["request_id"], causation_id=command_id)
    subject = Subject("operation", row["_id"])
    body = encode_event(cause, subject, event, repeatable_id("evt", at, row["_id"]), base_url)
    return event_log.document(row["_id"], tenant, str(subject), [EVENT_TYPE], [body])
