"""OpenTelemetry traces, off unless PRIORBUS_OTLP_ENDPOINT is set: one trace for one write, from HTTP to the public event.

Spans name routes, message types, collections and outcomes; never an id of a patient, an answer, a statement or an error's text.
"""

from priorbus.runtime.tracing.spans import consuming, enabled, publishing, serving
from priorbus.runtime.tracing.switch import tracing

__all__ = ["consuming", "enabled", "publishing", "serving", "tracing"]
