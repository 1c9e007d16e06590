"""What receivers of webhooks are sent: the `webhooks` of the platform's document (Conventions 11.2, 14)."""

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.openapi.schemas import Schema, inline

_HEADERS = {
    "webhook-id": "Id of the event, the same at every attempt; drop what has come before.",
    "webhook-timestamp": "Unix seconds of this attempt; refuse more than 300 s off.",
    "webhook-signature": "One or two signatures `v1,…` over `id.timestamp.body`; compare in constant time.",
}
_ORDER = "No order is promised: drop what has a lower `data.version` than the one you have."


def webhooks() -> dict[str, Schema]:
    """One request per type of event, in both formats."""
    return {name: {"post": _request(name)} for name in sorted(PUBLIC_EVENTS)}


def _request(name: str) -> Schema:
    data = inline(PUBLIC_EVENTS[name])
    data.pop("additionalProperties", None)
    standard = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {"type": {"const": name}, "timestamp": {"type": "string", "format": "date-time"}, "data": data},
    }
    event = {"type": "object", "required": ["id", "type", "data"], "properties": {"id": {"type": "string"}, "data": data}}
    return {
        "operationId": f"webhook_{name.replace('.', '_')}",
        "summary": f"The event {name}",
        "description": _ORDER,
        "tags": ["Webhooks"],
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for header, text in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": standard}, "application/cloudevents+json": {"schema": event}},
        },
        "responses": {"2XX": {"description": "Taken. Anything else is tried again; 410 disables the endpoint."}},
    }
