"""Paths of the platform itself: keys, operations and the published documents (Conventions 3.3, 7.3, 14)."""

from priorbus.gateway.endpoints import api_keys, read_operation
from priorbus.gateway.http.route import Route

_KEYS = ("api_keys:manage",)

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
)
