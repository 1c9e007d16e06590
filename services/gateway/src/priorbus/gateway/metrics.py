"""Metrics of the gateway."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "priorbus_http_request_seconds",
    "Requests by route template and status",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 15),
)
EVENT_STREAMS = Gauge("priorbus_event_streams", "Open streams of server-sent events")
WEBHOOK_ATTEMPTS = Histogram(
    "priorbus_webhook_attempt_seconds",
    "Attempts to deliver to a webhook receiver; the outcome is `delivered` or why not",
    ("outcome",),
    buckets=(0.01, 0.05, 0.25, 1, 5, 15),
)
WEBHOOKS_EXHAUSTED = Counter("priorbus_webhooks_exhausted_total", "Webhook deliveries that were given up")
WEBHOOKS_DISABLED = Counter(
    "priorbus_webhook_endpoints_disabled_total", "Webhook endpoints that were disabled because of their receiver", ("reason",)
)
