"""Every path of webhooks (Conventions 11.1)."""

from priorbus.gateway.endpoints.webhooks import act, deliveries, manage
from priorbus.gateway.http.route import Endpoint, Route

_SCOPES = ("webhooks:manage",)
_ONE = f"{manage.ROOT}/{{endpoint_id}}"
_DELIVERIES = "/v1/webhook-deliveries"


def _action(name: str, endpoint: Endpoint) -> Route:
    action = f"webhook_endpoint.{name.replace('-', '_')}"
    return Route("POST", f"{_ONE}/{name}", endpoint, _SCOPES, exists=manage.require_endpoint, action=action, shape="E3")


WEBHOOK_ROUTES = (
    Route("POST", manage.ROOT, manage.create_endpoint, _SCOPES, body="json", action="webhook_endpoint.create", shape="E3"),
    Route("GET", manage.ROOT, manage.list_endpoints, _SCOPES, action="webhook_endpoint.list", shape="E3"),
    Route("GET", _ONE, manage.read_endpoint, _SCOPES, action="webhook_endpoint.read", shape="E3"),
    Route(
        "PATCH",
        _ONE,
        manage.update_endpoint,
        _SCOPES,
        body="json",
        exists=manage.require_endpoint,
        action="webhook_endpoint.update",
        shape="E3",
    ),
    Route("DELETE", _ONE, manage.delete_endpoint, _SCOPES, exists=manage.require_endpoint, action="webhook_endpoint.delete", shape="E3"),
    _action("rotate-secret", act.rotate_secret),
    _action("test", act.send_test),
    _action("enable", act.enable_endpoint),
    _action("disable", act.disable_endpoint),
    Route(
        "POST",
        f"{_ONE}/replay",
        act.replay_events,
        _SCOPES,
        body="json",
        exists=manage.require_endpoint,
        action="webhook_endpoint.replay",
        shape="E3",
    ),
    Route("GET", _DELIVERIES, deliveries.list_deliveries, _SCOPES, action="webhook_delivery.list", shape="E3"),
    Route(
        "POST",
        f"{_DELIVERIES}/{{delivery_id}}/redeliver",
        deliveries.redeliver,
        _SCOPES,
        exists=deliveries.require_delivery,
        action="webhook_delivery.redeliver",
        shape="E3",
    ),
)
