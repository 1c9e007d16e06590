"""Webhook endpoints and deliveries on the wire (Conventions 11.1)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.moments import format_moment, format_moment_if_any

_WAITING = ("pending", "retry_scheduled")


def render_endpoint(record: Mapping[str, Any]) -> Json:
    """An endpoint without its secret."""
    return {
        "id": record["_id"],
        "url": record["url"],
        "eventTypes": record["event_types"],
        "format": record["format"],
        "description": record["description"],
        "status": record["status"],
        "disabledReason": record["disabled_reason"],
        "previousSecretExpiresAt": format_moment_if_any(record["previous_until"]),
        "createdAt": format_moment(record["created_at"]),
        "updatedAt": format_moment(record["updated_at"]),
    }


def render_delivery(record: Mapping[str, Any]) -> Json:
    """A delivery with its attempts, oldest first; `latencyMs` are milliseconds."""
    return {
        "id": record["_id"],
        "eventId": record["event"],
        "eventType": record["type"],
        "endpointId": record["endpoint"],
        "status": record["status"],
        "attempts": [
            {
                "at": format_moment(attempt["at"]),
                "httpStatus": attempt["http_status"],
                "latencyMs": attempt["latency_ms"],
                "error": attempt["error"],
                "responseSnippet": attempt["response_snippet"],
            }
            for attempt in record["attempts"]
        ],
        "nextAttemptAt": format_moment_if_any(record["due"]) if record["status"] in _WAITING else None,
        "createdAt": format_moment(record["created_at"]),
    }
