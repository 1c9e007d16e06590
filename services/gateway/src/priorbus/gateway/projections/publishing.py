"""Events of a fact as rows of the public log and of the timeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from priorbus.contracts.envelope import Envelope
from priorbus.gateway.events.cloud_event import Subject, encode_event
from priorbus.gateway.events.ids import repeatable_id
from priorbus.gateway.presentation.moments import wire_moment
from priorbus.gateway.read_models import event_log
from priorbus.runtime.mongo.documents import Document

Event = Mapping[str, Any]
"""The JSON of `contracts.events.Event`."""


def entry_id(fact: Envelope, event: Event) -> str:
    """The id of a timeline entry, and of its public event: the same however often the fact is projected."""
    return repeatable_id("evt", datetime.fromisoformat(event["at"]), fact.id, str(event["sequence"]))


def log_row(fact: Envelope, subject: Subject, events: Sequence[Event], ids: Sequence[str], base_url: str) -> Document | None:
    """The public events of a fact; None when it has none. `ids` are those of its events."""
    public = [(event, id_) for event, id_ in zip(events, ids, strict=True) if event["data"] is not None]
    if not public:
        return None
    bodies = [encode_event(fact, subject, event, id_, base_url) for event, id_ in public]
    return event_log.document(fact.id, fact.tenant, str(subject), [event["type"] for event, _ in public], bodies)


def timeline_entry(event: Event, id_: str) -> dict[str, Any]:
    """One timeline entry in wire form: public data and what only the timeline shows."""
    return {
        "id": id_,
        "sequence": event["sequence"],
        "type": event["type"],
        "timestamp": wire_moment(event["at"]),
        "actor": event["actor"],
        "payload": {**(event["data"] or {}), **event["payload"]},
    }
