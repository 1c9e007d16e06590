"""What the bus counts. Labels are queues and wire types only."""

from prometheus_client import Counter, Histogram

_published = Counter("priorbus_bus_published", "Messages handed to the broker", ["type"])
_not_accepted = Counter("priorbus_bus_not_accepted", "Messages the broker did not confirm", ["type"])
_received = Counter("priorbus_bus_received", "Messages received, redelivered ones included", ["queue", "type"])
_done = Counter("priorbus_bus_done", "Messages carried out and acknowledged", ["queue", "type"])
_retried = Counter("priorbus_bus_retried", "Messages put back to be tried again later", ["queue", "type"])
_parked = Counter("priorbus_bus_parked", "Messages put into the parking queue", ["queue", "type"])
_age = Histogram(
    "priorbus_bus_message_age_seconds",
    "From a message's origin to its end here: the lag of its queue, its handling and its retries",
    ["queue", "type"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120),
)
_groups = Histogram("priorbus_bus_group_size", "Messages per group", ["queue"], buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))

MALFORMED = "malformed"
"""The type of what is no message."""


def published(wire_type: str, count: int) -> None:
    """Handed to the broker."""
    _published.labels(wire_type).inc(count)


def not_accepted(wire_type: str) -> None:
    """One message was not confirmed."""
    _not_accepted.labels(wire_type).inc()


def received(queue: str, wire_type: str, count: int) -> None:
    """One AMQP message brought so many."""
    _received.labels(queue, wire_type).inc(count)


def put_aside(queue: str, wire_type: str, kind: str) -> None:
    """One message was put aside; `kind` is that of its settlement."""
    counter = _retried if kind == "retry" else _parked
    counter.labels(queue, wire_type).inc()


def carried_out(queue: str, wire_type: str, age: float) -> None:
    """One message was carried out; `age` in seconds."""
    _done.labels(queue, wire_type).inc()
    _age.labels(queue, wire_type).observe(max(0.0, age))


def group(queue: str, size: int) -> None:
    """One group was handed to the sink."""
    _groups.labels(queue).observe(size)
