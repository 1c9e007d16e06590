"""Everything that is published about the API, by path: contracts for machines, pages for people (Conventions 14)."""

from collections.abc import Iterable

import orjson

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.asyncapi import document as asyncapi_document
from priorbus.gateway.event_schemas import event_schema
from priorbus.gateway.http.route import Route
from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.reference.api_page import api_page
from priorbus.gateway.reference.other_pages import error_list_page, event_page, start_page
from priorbus.gateway.reference.upload_guide import UPLOAD_GUIDE

OPENAPI = ("authorizations", "patient-attachments", "platform")
JSON_PATHS = (*(f"/openapi/{name}.json" for name in OPENAPI), "/asyncapi.json", *(f"/schemas/events/{name}.json" for name in PUBLIC_EVENTS))
HTML_PATHS = ("/docs", "/docs/events", "/docs/errors", *(f"/docs/{name}" for name in OPENAPI))
_GUIDES = {"patient-attachments": UPLOAD_GUIDE}


def published(routes: Iterable[Route], base_url: str) -> dict[str, bytes]:
    """The bodies, for a deployment that clients reach under this address."""
    apis = documents(routes, base_url)
    return {
        **{f"/openapi/{name}.json": orjson.dumps(document) for name, document in apis.items()},
        "/asyncapi.json": orjson.dumps(asyncapi_document.build(base_url)),
        **{f"/schemas/events/{name}.json": orjson.dumps(event_schema(name, base_url)) for name in PUBLIC_EVENTS},
        "/docs": start_page(apis),
        "/docs/events": event_page(base_url),
        "/docs/errors": error_list_page(),
        **{f"/docs/{name}": api_page(name, document, _GUIDES.get(name, "")) for name, document in apis.items()},
    }
