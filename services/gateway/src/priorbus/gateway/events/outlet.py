"""From the event log to the public exchange, in order (Conventions 13.4)."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from priorbus.gateway.read_models import event_log
from priorbus.runtime.bus import Confirmation, PublicEvent, Publisher
from priorbus.runtime.cloudevents import traceparent_of
from priorbus.runtime.mongo import Source
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.tracing import enabled, publishing

EVENT_LOG = Source(collection=event_log.COLLECTION, query={}, fields=("events",))
"""The rows that the event relay publishes."""


class EventOutlet:
    """One AMQP message per public event; satisfies `Outlet`."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def send(self, rows: Sequence[Document]) -> Sequence[Confirmation]:
        """Send the events of some rows. Raises NotAccepted."""
        with publishing(_traced(rows) if enabled() else ()):
            return [await self._publisher.send_event(public_event(body)) for row in rows for body in row["events"]]


def _traced(rows: Sequence[Document]) -> list[tuple[str, str, datetime]]:
    return [("public event", traceparent_of(body), row["at"]) for row in rows for body in row["events"]]


def public_event(body: bytes) -> PublicEvent:
    """The message of one CloudEvent; its properties are copies of attributes."""
    event = orjson.loads(body)
    short = event["type"].removeprefix("priorbus.").rpartition(".")[0]
    return PublicEvent(
        key=f"{event['tenantid']}.{short}",
        body=body,
        id=event["id"],
        type=event["type"],
        time=datetime.fromisoformat(event["time"]),
        tenant=event["tenantid"],
        subject=event["subject"],
        source=event["source"],
        sequence=event["sequence"],
        correlation_id=event.get("correlationid", ""),
        traceparent=event.get("traceparent", ""),
    )
