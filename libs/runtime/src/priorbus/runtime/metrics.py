"""Prometheus metrics of a process. Labels are message types, operations and outcomes; never ids, never anything a client wrote."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, Gauge, Histogram, generate_latest

READY = Gauge("priorbus_ready", "1 while the process takes work")
OBJECT_STORE_SECONDS = Histogram(
    "priorbus_object_store_seconds", "Calls of the object store", ("operation", "outcome"), buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition() -> bytes:
    """All metrics of this process in the Prometheus text format."""
    return generate_latest(REGISTRY)


@contextmanager
def object_store_call(operation: str, expected: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Time one call of the object store; the `expected` exceptions are answers, not failures."""
    started = time.perf_counter()
    outcome = "error"
    try:
        yield
        outcome = "ok"
    except expected:
        outcome = "ok"
        raise
    finally:
        OBJECT_STORE_SECONDS.labels(operation, outcome).observe(time.perf_counter() - started)
