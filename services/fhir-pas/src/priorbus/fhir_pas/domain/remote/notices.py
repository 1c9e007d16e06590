"""Notifications of a remote payer, read leniently (fhir-pas.md 14.3, 22)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.remote.answers import responses


@dataclass(frozen=True, slots=True)
class NotedEvent:
    """One event: its number, when it happened, and the ClaimResponse with its Bundle where the notification holds them."""

    number: int
    at: datetime | None
    response: Resource | None
    bundle: Resource


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification says. `subscription` is the payer's id of the Subscription, `kind` handshake, heartbeat, event-notification."""

    kind: str
    subscription: str
    events: tuple[NotedEvent, ...]


def notice_in(bundle: Resource) -> Notice | None:
    """The notification in a Bundle, its events in order; None when it is none."""
    entries = [one for one in _objects(bundle.get("entry")) if isinstance(one.get("resource", {}), dict)]
    status: Resource = next((one["resource"] for one in entries if one.get("resource", {}).get("resourceType") == "Parameters"), {})
    parameters = _objects(status.get("parameter"))
    kind = next((one.get("valueCode") for one in parameters if one.get("name") == "type"), None)
    reference = next((one.get("valueReference") for one in parameters if one.get("name") == "subscription"), None)
    if not isinstance(kind, str) or not isinstance(reference, dict):
        return None
    held = {one.get("fullUrl"): one.get("resource", {}) for one in entries if isinstance(one.get("fullUrl"), str)}
    events = [_event(_objects(one.get("part")), held) for one in parameters if one.get("name") == "notification-event"]
    known = sorted((one for one in events if one is not None), key=lambda one: one.number)
    return Notice(kind, str(reference.get("reference", "")).rpartition("/")[2], tuple(known))


def _event(parts: list[Resource], held: dict[Any, Resource]) -> NotedEvent | None:
    named = {one.get("name"): one for one in parts}
    number = str(named.get("event-number", {}).get("valueString", ""))
    if not (number.isascii() and number.isdigit()):
        return None
    focus = named.get("focus", {}).get("valueReference")
    content = held.get(focus.get("reference"), {}) if isinstance(focus, dict) else {}
    response, bundle = next(_responses(content), (None, content))
    return NotedEvent(int(number), _moment(named.get("timestamp", {}).get("valueInstant")), response, bundle)


def _responses(content: Resource) -> Iterator[tuple[Resource, Resource]]:
    """Those with an id, by which we know what they answer."""
    return ((one, bundle) for one, bundle in responses(content) if isinstance(one.get("id"), str))


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _objects(found: object) -> list[Resource]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
