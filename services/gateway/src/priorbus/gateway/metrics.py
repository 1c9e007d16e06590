"""Metrics of the gateway."""

from prometheus_client import Histogram

REQUESTS = Histogram(
    "priorbus_http_request_seconds",
    "Requests by route template and status",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 15),
)
