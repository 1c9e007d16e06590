"""The spans of a process. Without a tracer all of them cost a comparison and hand the caller's `traceparent` on."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from priorbus.contracts.envelope import Envelope

_SERVER_ERROR = 500
_NANOSECONDS = 1_000_000_000


@dataclass
class _Current:
    tracer: Tracer | None = None


current = _Current()
"""Set once, when the process starts."""


def enabled() -> bool:
    """Whether this process traces."""
    return current.tracer is not None


class Serving:
    """The span of one HTTP request; `traceparent` is what its commands carry."""

    def __init__(self, span: Span | None, method: str, traceparent: str) -> None:
        self._span = span
        self._method = method
        self.traceparent = traceparent

    def answered(self, route: str, status: int) -> None:
        """Say what became of it."""
        if self._span is None:
            return
        self._span.set_attributes({"http.route": route, "http.response.status_code": status})
        self._span.update_name(f"{self._method} {route}")
        if status >= _SERVER_ERROR:
            self._span.set_status(Status(StatusCode.ERROR))


@contextmanager
def serving(method: str, traceparent: str) -> Iterator[Serving]:
    """A request that came in with this `traceparent`, empty when it had none."""
    if current.tracer is None:
        yield Serving(None, method, traceparent)
        return
    with current.tracer.start_as_current_span(
        method, _context(traceparent), SpanKind.SERVER, {"http.request.method": method}, record_exception=False
    ) as span:
        yield Serving(span, method, _traceparent())


@contextmanager
def consuming(envelopes: Sequence[Envelope]) -> Iterator[Sequence[Envelope]]:
    """A group in hand: a span per message, child of what caused it. What they cause becomes a child of these spans.

    The work of the group itself, such as its transaction, is shown under the first one; the others are linked to it.
    """
    if current.tracer is None:
        yield envelopes
        return
    spans = [_consumer(current.tracer, envelope) for envelope in envelopes]
    followed = [replace(envelope, traceparent=_traceparent(span)) for envelope, span in zip(envelopes, spans, strict=True)]
    for span in spans[1:]:
        spans[0].add_link(span.get_span_context())
    with ExitStack() as ending:
        for span in spans[1:]:
            ending.callback(span.end)
        ending.enter_context(trace.use_span(spans[0], end_on_exit=True, record_exception=False, set_status_on_exception=False))
        yield followed


def _consumer(tracer: Tracer, envelope: Envelope) -> Span:
    attributes = {"messaging.system": "rabbitmq", "messaging.operation.type": "process", "messaging.message.id": envelope.id}
    return tracer.start_span(f"process {envelope.type}", _context(envelope.traceparent), SpanKind.CONSUMER, attributes)


@contextmanager
def publishing(what: Sequence[tuple[str, str, datetime]]) -> Iterator[None]:
    """The way of rows from their commit to the broker: (type, `traceparent`, time of the commit) each. Its length is the outbox's lag."""
    if current.tracer is None:
        yield
        return
    attributes = {"messaging.system": "rabbitmq", "messaging.operation.type": "send"}
    spans = [
        current.tracer.start_span(f"publish {kind}", _context(parent), SpanKind.PRODUCER, attributes, start_time=_nanoseconds(at))
        for kind, parent, at in what
        if parent
    ]
    try:
        yield
    finally:
        for span in spans:
            span.end()


def _context(traceparent: str) -> Context:
    return extract({"traceparent": traceparent}) if traceparent else Context()


def _traceparent(span: Span | None = None) -> str:
    carrier: dict[str, Any] = {}
    inject(carrier, trace.set_span_in_context(span) if span is not None else None)
    return str(carrier.get("traceparent", ""))


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * _NANOSECONDS)
