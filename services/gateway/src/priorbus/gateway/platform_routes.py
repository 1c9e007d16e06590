"""Paths of the platform itself: keys, operations and the published documents (Conventions 3.3, 7.3, 14)."""

from functools import partial

from priorbus.gateway.endpoints import api_keys, documents, list_public_events, read_operation, stream_events
from priorbus.gateway.http.route import Route
from priorbus.gateway.published import HTML_PATHS, JSON_PATHS

_KEYS = ("api_keys:manage",)
_EVENTS = ("events:read",)


def _document(path: str) -> Route:
    return Route("GET", path, partial(documents.read_document, path), credential="none", shape="E3")


def _page(path: str) -> Route:
    return Route("GET", path, partial(documents.read_page, path), credential="none", shape="E3", media_types=(documents.HTML,))


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
    *map(_document, JSON_PATHS),
    *map(_page, HTML_PATHS),
    Route(
        "GET",
        "/docs/errors/{code}",
        documents.read_error_page,
        credential="none",
        shape="E3",
        media_types=(documents.HTML,),
    ),
)
