"""Builds the AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0; AMQP bindings 0.3.0)."""

from urllib.parse import urlsplit

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.event_schemas import event_schema
from priorbus.gateway.openapi.schemas import Schema
from priorbus.runtime.bus.names import EVENT_STREAM, EVENTS
from priorbus.runtime.cloudevents import CONTENT_TYPE

_BINDING = "0.3.0"
_TEXT: Schema = {"type": "string"}
_DESCRIPTION = (
    "Thin public events: ids, versions, states and codes, never health information. Delivery is at least once; drop duplicates by `id`, "
    "and what is older than the `data.version` you have. Accounts are made by `priorbus consumers create`; an account of a tenant may "
    "declare queues named `pub.<tenant>.*` and bind them with keys that begin with its tenant."
)


def build(base_url: str) -> Schema:
    """The document of a deployment that clients reach under this address."""
    types = sorted(PUBLIC_EVENTS)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Priorbus events", "version": "1.0.0", "description": _DESCRIPTION},
        "servers": {"broker": _server(base_url)},
        "defaultContentType": CONTENT_TYPE,
        "channels": {"events": _exchange(types), "replay": _stream(types)},
        "operations": {
            "dispatchEvent": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Each public event, once the state that it announces can be read.",
                "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "timestamp": True, "ack": True, "bindingVersion": _BINDING}},
            },
            "keepEvent": {
                "action": "send",
                "channel": {"$ref": "#/channels/replay"},
                "summary": "The same events, kept for replay by offset or time; for accounts that may read every tenant.",
            },
        },
        "components": {
            "messages": {event_type: _message(event_type) for event_type in types},
            "schemas": {"CloudEvent": _cloud_event(), **{event_type: _data(event_type, base_url) for event_type in types}},
        },
    }


def _server(base_url: str) -> Schema:
    host = urlsplit(base_url).hostname or "localhost"
    return {
        "host": "{broker}",
        "protocol": "amqps",
        "protocolVersion": "0.9.1",
        "variables": {"broker": {"default": f"{host}:5671", "description": "Address of RabbitMQ; ask who runs this deployment."}},
    }


def _exchange(types: list[str]) -> Schema:
    exchange = {"name": EVENTS, "type": "topic", "durable": True, "autoDelete": False}
    parts = {"tenant": "The tenant, for example t_acme.", "aggregate": "For example authorization.", "event": "For example status_changed."}
    return {
        "address": "{tenant}.{aggregate}.{event}",
        "parameters": {name: {"description": text} for name, text in parts.items()},
        "messages": _references(types),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": _BINDING}},
    }


def _stream(types: list[str]) -> Schema:
    queue = {"name": EVENT_STREAM, "durable": True, "exclusive": False, "autoDelete": False}
    return {
        "address": EVENT_STREAM,
        "messages": _references(types),
        "bindings": {"amqp": {"is": "queue", "queue": queue, "bindingVersion": _BINDING}},
    }


def _references(types: list[str]) -> Schema:
    return {event_type: {"$ref": f"#/components/messages/{event_type}"} for event_type in types}


def _message(event_type: str) -> Schema:
    full = {"properties": {"type": {"const": wire_type(event_type)}, "data": {"$ref": f"#/components/schemas/{event_type}"}}}
    copies = dict.fromkeys(("ce_subject", "ce_source", "ce_tenantid", "ce_sequence", "traceparent"), _TEXT)
    return {
        "name": wire_type(event_type),
        "title": event_type,
        "contentType": CONTENT_TYPE,
        "headers": {"type": "object", "properties": copies, "description": "Copies for routing; the body is authoritative."},
        "payload": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, full]},
        "bindings": {"amqp": {"messageType": wire_type(event_type), "bindingVersion": _BINDING}},
    }


def wire_type(event_type: str) -> str:
    """The CloudEvents type of an event."""
    return f"priorbus.{event_type}.v1"


def _data(event_type: str, base_url: str) -> Schema:
    schema = event_schema(event_type, base_url)
    return {name: member for name, member in schema.items() if name not in ("$schema", "$id")}


def _cloud_event() -> Schema:
    attributes = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "pattern": "^evt_"},
        "source": {"type": "string", "pattern": "^/tenants/"},
        "type": {"type": "string", "pattern": r"^priorbus\.[a-z_]+\.[a-z_]+\.v[0-9]+$"},
        "subject": {"type": "string", "pattern": "^[a-z_]+/"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "format": "uri"},
        "sequence": {"type": "string", "pattern": "^[0-9]{12}$"},
        "partitionkey": _TEXT,
        "tenantid": _TEXT,
        "data": {"type": "object"},
    }
    extensions: Schema = {"correlationid": _TEXT, "causationid": _TEXT, "traceparent": _TEXT}
    return {"type": "object", "required": sorted(attributes), "properties": {**attributes, **extensions}}
