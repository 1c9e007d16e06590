"""Turning traces on for a process."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring

from priorbus.runtime.tracing.database import CommandSpans
from priorbus.runtime.tracing.spans import current

_FLUSH_MS = 1000


@contextmanager
def tracing(process: str, endpoint: str | None, ratio: float) -> Iterator[None]:
    """Traces go to the collector at `endpoint` (OTLP over HTTP) while inside; None traces nothing. `ratio` of new traces is kept."""
    if endpoint is None:
        yield
        return
    from priorbus.runtime.tracing.provider import provide  # noqa: PLC0415 - the SDK takes time and memory that only tracers should pay for

    provider = provide(process, endpoint, ratio)
    current.tracer = provider.get_tracer("priorbus")
    monitoring.register(CommandSpans(current.tracer))
    try:
        yield
    finally:
        current.tracer = None
        provider.force_flush(_FLUSH_MS)
        provider.shutdown()
