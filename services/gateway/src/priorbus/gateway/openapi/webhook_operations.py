"""Webhook endpoints and deliveries (Conventions 11.1)."""

from typing import Literal

from priorbus.gateway.endpoints.webhooks.bodies import CreateEndpointBody, ReplayBody, UpdateEndpointBody
from priorbus.gateway.openapi.model import Moment, Shown
from priorbus.gateway.openapi.operation import Key, Operation
from priorbus.gateway.openapi.parameters import PAGING, query
from priorbus.gateway.openapi.resources import Operation as OperationResource
from priorbus.gateway.openapi.resources import Page
from priorbus.gateway.openapi.schemas import inline, reference
from priorbus.gateway.webhooks.delivery import STATUSES

_TAG = "Webhooks"
_ROOT = "/v1/webhook-endpoints"
_ONE = f"{_ROOT}/{{endpoint_id}}"
_DELIVERIES = "/v1/webhook-deliveries"
_MISSING = "webhook_endpoint_not_found"
_FORBIDDEN = "webhook_url_forbidden"


class WebhookEndpoint(Shown):
    id: str
    url: str
    event_types: list[str]
    format: Literal["standard", "cloudevents"]
    description: str | None
    status: Literal["enabled", "disabled"]
    disabled_reason: Literal["requested", "gone", "failing"] | None
    previous_secret_expires_at: Moment | None
    created_at: Moment
    updated_at: Moment


class CreatedWebhookEndpoint(WebhookEndpoint):
    secret: str | None
    """Shown once; null in replays."""


class RotatedSecret(Shown):
    secret: str | None
    """Shown once; null in replays."""
    previous_secret_expires_at: Moment


class TestEvent(Shown):
    event_id: str


class WebhookAttempt(Shown):
    at: Moment
    http_status: int | None
    latency_ms: int
    error: Literal["http_status", "timeout", "connection_failed", "tls_failed", "url_forbidden", "signing_failed"] | None
    response_snippet: str


class WebhookDelivery(Shown):
    id: str
    event_id: str
    event_type: str
    endpoint_id: str
    status: Literal["pending", "delivering", "delivered", "retry_scheduled", "exhausted", "canceled"]
    attempts: list[WebhookAttempt]
    next_attempt_at: Moment | None
    created_at: Moment


def webhook_operations() -> dict[Key, Operation]:
    """Rows of the platform's document."""
    return {**_endpoints(), **_actions(), **_deliveries()}


def _endpoints() -> dict[Key, Operation]:
    page, created, one = Page[WebhookEndpoint], CreatedWebhookEndpoint, WebhookEndpoint
    return {
        ("POST", _ROOT): Operation(
            "Register a receiver",
            _TAG,
            reference(created),
            (created,),
            status=201,
            request=inline(CreateEndpointBody),
            errors=(_FORBIDDEN, "webhook_endpoint_limit_exceeded"),
        ),
        ("GET", _ROOT): Operation("List webhook endpoints", _TAG, reference(page), (page,), query=PAGING, errors=("bad_request",)),
        ("GET", _ONE): Operation("Read a webhook endpoint", _TAG, reference(one), (one,), errors=(_MISSING, "bad_request")),
        ("PATCH", _ONE): Operation(
            "Change a webhook endpoint", _TAG, reference(one), (one,), request=inline(UpdateEndpointBody), errors=(_MISSING, _FORBIDDEN)
        ),
        ("DELETE", _ONE): Operation("Remove a webhook endpoint", _TAG, None, status=204, errors=(_MISSING,)),
    }


def _actions() -> dict[Key, Operation]:
    one, rotated, tested, operation = WebhookEndpoint, RotatedSecret, TestEvent, OperationResource
    return {
        ("POST", f"{_ONE}/rotate-secret"): Operation(
            "Make a new secret; both sign for 24 hours", _TAG, reference(rotated), (rotated,), errors=(_MISSING,)
        ),
        ("POST", f"{_ONE}/test"): Operation(
            "Send a test event to this endpoint", _TAG, reference(tested), (tested,), status=202, errors=(_MISSING,)
        ),
        ("POST", f"{_ONE}/enable"): Operation("Deliver again", _TAG, reference(one), (one,), errors=(_MISSING,)),
        ("POST", f"{_ONE}/disable"): Operation("Deliver nothing for now", _TAG, reference(one), (one,), errors=(_MISSING,)),
        ("POST", f"{_ONE}/replay"): Operation(
            "Send the events of a window once more",
            _TAG,
            reference(operation),
            (operation,),
            status=202,
            request=inline(ReplayBody),
            errors=(_MISSING,),
        ),
    }


def _deliveries() -> dict[Key, Operation]:
    page, one = Page[WebhookDelivery], WebhookDelivery
    text = {"type": "string"}
    filters = (query("endpointId", text), query("status", {"enum": list(STATUSES)}), query("eventId", text), *PAGING)
    return {
        ("GET", _DELIVERIES): Operation("List deliveries", _TAG, reference(page), (page,), query=filters, errors=("bad_request",)),
        ("POST", f"{_DELIVERIES}/{{delivery_id}}/redeliver"): Operation(
            "Deliver once more", _TAG, reference(one), (one,), status=202, errors=("webhook_delivery_not_found", _MISSING)
        ),
    }
