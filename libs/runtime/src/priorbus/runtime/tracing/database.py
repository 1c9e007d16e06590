"""Commands to MongoDB as spans.

The instrumentation that OpenTelemetry has for PyMongo writes error texts, and those may quote what somebody answered.
"""

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent


class CommandSpans(CommandListener):
    """A span per command that belongs to a trace; what runs in the background has none."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[int, Span] = {}

    def started(self, event: CommandStartedEvent) -> None:
        if not trace.get_current_span().get_span_context().is_valid:
            return
        attributes = {"db.system.name": "mongodb", "db.namespace": event.database_name, "db.operation.name": event.command_name}
        collection = event.command.get(event.command_name)
        if isinstance(collection, str):
            attributes["db.collection.name"] = collection
        name = f"{event.command_name} {attributes.get('db.collection.name', event.database_name)}"
        self._open[event.request_id] = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._end(event.request_id)

    def failed(self, event: CommandFailedEvent) -> None:
        self._end(event.request_id, str(event.failure.get("codeName", "failed")))

    def _end(self, request_id: int, failure: str = "") -> None:
        span = self._open.pop(request_id, None)
        if span is None:
            return
        if failure:
            span.set_status(Status(StatusCode.ERROR))
            span.set_attribute("error.type", failure)
        span.end()
