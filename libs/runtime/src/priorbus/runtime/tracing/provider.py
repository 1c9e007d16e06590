"""The OpenTelemetry SDK, set up."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

_EXPORT_SECONDS = 2


def provide(process: str, endpoint: str, ratio: float) -> TracerProvider:
    """A provider that exports in batches from a thread of its own; what a collector does not take in time is dropped."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"priorbus-{process}", "service.namespace": "priorbus"}),
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
