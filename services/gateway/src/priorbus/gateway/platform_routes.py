"""Paths of the platform itself: keys, operations and the published documents (Conventions 3.3, 7.3, 14)."""

from functools import partial

from priorbus.gateway.endpoints import api_keys, documents, list_public_events, read_operation, stream_events
from priorbus.gateway.http.route import Route

_KEYS = ("api_keys:manage",)
_EVENTS = ("events:read",)


def _document(name: str) -> Route:
    return Route("GET", f"/openapi/{name}.json", partial(documents.read_document, name), credential="none", shape="E3")


PLATFORM_ROUTES = (
    Route("POST", api_keys.ROOT, api_keys.create_api_key, _KEYS, body="json", action="api_key.create", shape="E3"),
    Route("GET", api_keys.ROOT, api_keys.list_api_keys, _KEYS, action="api_key.list", shape="E3"),
    Route(
        "DELETE",
        f"{api_keys.ROOT}/{{key_id}}",
        api_keys.revoke_api_key,
        _KEYS,
        exists=api_keys.require_api_key,
        action="api_key.revoke",
        shape="E3",
    ),
    Route("GET", "/v1/operations/{operation_id}", read_operation.read_operation, shape="E3", policy="poll"),
    Route("GET", "/v1/events", list_public_events.list_public_events, _EVENTS, shape="E3", policy="poll"),
    Route(
        "GET",
        "/v1/events/stream",
        stream_events.stream_events,
        _EVENTS,
        shape="E3",
        policy="poll",
        media_types=(stream_events.MEDIA_TYPE,),
    ),
    _document("authorizations"),
    _document("patient-attachments"),
    _document("platform"),
    Route(
        "GET",
        "/docs/errors/{code}",
        documents.read_error_page,
        credential="none",
        shape="E3",
        media_types=(documents.HTML,),
    ),
)
