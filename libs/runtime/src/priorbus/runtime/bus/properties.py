"""AMQP properties of what we publish."""

from pamqp.commands import Basic

from priorbus.runtime import cloudevents
from priorbus.runtime.bus.interfaces import PublicEvent

_PERSISTENT = 2


def batch_properties(wire_type: str, reply_to: str | None = None) -> Basic.Properties:
    """Of an internal batch. Fresh each time: the client library writes a message id into it."""
    return Basic.Properties(
        content_type=cloudevents.BATCH_CONTENT_TYPE, delivery_mode=_PERSISTENT, message_type=wire_type, reply_to=reply_to
    )


def public_properties(event: PublicEvent) -> Basic.Properties:
    """Of a public event (Conventions 13.4)."""
    headers = {
        "ce_subject": event.subject,
        "ce_source": event.source,
        "ce_tenantid": event.tenant,
        "ce_sequence": event.sequence,
    }
    if event.traceparent:
        headers["traceparent"] = event.traceparent
    return Basic.Properties(
        content_type=cloudevents.CONTENT_TYPE,
        delivery_mode=_PERSISTENT,
        message_id=event.id,
        message_type=event.type,
        timestamp=event.time,
        correlation_id=event.correlation_id or None,
        headers=dict(headers),
    )


def parked_properties(*, wire_type: str, queue: str, error: str, category: str, attempt: int) -> Basic.Properties:
    """Of a message in the parking queue: why it is there, for operators."""
    properties = batch_properties(wire_type)
    properties.headers = {
        "x-priorbus-queue": queue,
        "x-priorbus-error": error,
        "x-priorbus-category": category,
        "x-priorbus-attempt": attempt,
    }
    return properties


def reply_properties() -> Basic.Properties:
    """Of a batch of replies: it has no life beyond its reader's channel."""
    return Basic.Properties(content_type="application/json", delivery_mode=1)
