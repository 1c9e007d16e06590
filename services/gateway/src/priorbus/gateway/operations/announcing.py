"""The public event `operation.completed`, written in the transaction that makes the operation terminal."""

from datetime import datetime

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.events import Event
from priorbus.gateway.events.cloud_event import Subject, encode_event
from priorbus.gateway.events.ids import repeatable_id
from priorbus.gateway.events.log import append
from priorbus.gateway.read_models import event_log
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

EVENT_TYPE = "operation.completed"


async def announce_operation(database: Database, session: Session, row: Document, status: str, at: datetime, base_url: str) -> None:
    """Append the event to the log."""
    data = {"id": row["_id"], "status": status}
    event = Event(type=EVENT_TYPE, sequence=1, at=at, actor="system", data=data).model_dump(mode="json")
    command_id, tenant = row["command_id"], row["tenant"]
    cause = Envelope(command_id, EVENT_TYPE, at, tenant, {}, request_id=row["request_id"], causation_id=command_id)
    subject = Subject("operation", row["_id"])
    body = encode_event(cause, subject, event, repeatable_id("evt", at, row["_id"]), base_url)
    log_row = event_log.document(row["_id"], tenant, str(subject), [EVENT_TYPE], [body])
    await append(database, session, [log_row], at)
