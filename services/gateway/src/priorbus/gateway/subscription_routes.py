"""Subscriptions on every FHIR base, and the operator's way to have receivers told again."""

from collections.abc import Iterator

from priorbus.gateway.endpoints.fhir.subscriptions import (
    create_subscription,
    delete_subscription,
    read_events,
    read_status,
    read_subscription,
    resend_notification,
    update_subscription,
)
from priorbus.gateway.http.route import KIB, Endpoint, Route
from priorbus.gateway.oauth.clients import BASES

_BODY_LIMIT = 256 * KIB
"""So that the secrets in channel headers never go to the object store ahead of a command (claim check)."""


def _write(method: str, path: str, endpoint: Endpoint, letter: str, action: str) -> Route:
    body = "none" if method == "DELETE" else "fhir"
    scopes = (f"system/Subscription.{letter}",)
    return Route(method, path, endpoint, scopes, credential="token", body=body, body_limit=_BODY_LIMIT, shape="E4", action=action)  # type: ignore[arg-type]


def _read(method: str, path: str, endpoint: Endpoint, letter: str = "r") -> Route:
    scopes = (f"system/Subscription.{letter}",)
    return Route(method, path, endpoint, scopes, credential="token", shape="E4", action="subscription.read")


def _of_base(base: str) -> Iterator[Route]:
    all_, one = f"{base}/Subscription", f"{base}/Subscription/{{id}}"
    yield _write("POST", all_, create_subscription.create_subscription, "c", "subscription.create")
    yield _write("PUT", one, update_subscription.update_subscription, "u", "subscription.update")
    yield _write("DELETE", one, delete_subscription.delete_subscription, "d", "subscription.delete")
    yield _read("GET", one, read_subscription.read_subscription)
    yield _read("GET", all_, read_subscription.search_subscriptions, "s")
    yield _read("POST", f"{all_}/_search", read_subscription.search_subscriptions, "s")
    for method in ("GET", "POST"):
        yield _read(method, f"{all_}/$status", read_status.read_status)
        yield _read(method, f"{one}/$status", read_status.read_status)
    yield _read("GET", f"{one}/$events", read_events.read_events)


SUBSCRIPTION_ROUTES = (
    *(route for base in BASES for route in _of_base(base)),
    Route(
        "POST",
        "/admin/pas/ClaimResponse/{id}/resend-notification",
        resend_notification.resend_notification,
        ("ops/pas.finalise",),
        shape="E4",
        action="claim_response.resend",
    ),
)
