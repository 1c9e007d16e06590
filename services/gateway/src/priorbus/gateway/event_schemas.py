"""JSON Schemas of what public events tell, by short type (Conventions 14)."""

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.openapi.schemas import Schema, inline

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def event_schema(event_type: str, base_url: str) -> Schema:
    """The schema of `data`. A receiver must bear members that it does not know: a later version of Priorbus may add some."""
    schema = inline(PUBLIC_EVENTS[event_type])
    schema.pop("additionalProperties", None)
    return {"$schema": _DRAFT, "$id": schema_address(event_type, base_url), "title": event_type, **schema}


def schema_address(event_type: str, base_url: str) -> str:
    """Where the schema is read; the event's `dataschema`."""
    return f"{base_url}/schemas/events/{event_type}.json"
