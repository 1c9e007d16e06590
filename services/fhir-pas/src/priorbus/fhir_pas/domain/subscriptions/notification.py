"""Notification Bundles: handshake, heartbeat, event, and the answers to `$status` and `$events` (fhir-pas.md 14.3 and 14.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant, urn_of, uuid_of
from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.domain.subscriptions.vocabulary import NOTIFICATION_PROFILE, STATUS_PROFILE, TOPIC, Content

Kind = Literal["handshake", "heartbeat", "event-notification", "query-status", "query-event"]


@dataclass(frozen=True, slots=True)
class Told:
    """An event with the response Bundle as of then; None where the content level leaves it out, or it is not kept any more."""

    event: SubscriptionEvent
    response: Resource | None


def history(state: SubscriptionState, kind: Kind, told: Sequence[Told], content: Content, public_base: str, now: datetime) -> Resource:
    """A notification: the status first, then an entry for each event. Names in it follow from the event, so a repetition has the same."""
    url = f"{public_base}{state.base}"
    first = {
        "fullUrl": urn_of("notification", state.id, kind, *(str(one.event.number) for one in told)),
        "resource": status_parameters(state, kind, told, content, public_base),
        "request": {"method": "GET", "url": f"{url}/Subscription/{state.id}/$status"},
        "response": {"status": "200"},
    }
    rest = [] if content == "empty" else [_entry(one, content, url) for one in told]
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [NOTIFICATION_PROFILE]},
        "type": "history",
        "timestamp": instant(now),
        "entry": [first, *rest],
    }


def status_parameters(state: SubscriptionState, kind: Kind, told: Sequence[Told], content: Content, public_base: str) -> Resource:
    """The status, as of the last event told of where there is one."""
    number = told[-1].event.number if kind == "event-notification" else state.events
    parameters: list[Resource] = [
        {"name": "subscription", "valueReference": {"reference": f"{public_base}{state.base}/Subscription/{state.id}"}},
        {"name": "topic", "valueCanonical": TOPIC},
        {"name": "status", "valueCode": state.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(number)},
        *(_notification_event(one, content) for one in told),
    ]
    return {"resourceType": "Parameters", "meta": {"profile": [STATUS_PROFILE]}, "parameter": parameters}


def _notification_event(told: Told, content: Content) -> Resource:
    event = told.event
    part: list[Resource] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": instant(event.at)},
    ]
    if content != "empty":
        part.append({"name": "focus", "valueReference": {"reference": _focus(told, content)}})
    return {"name": "notification-event", "part": part}


def _focus(told: Told, content: Content) -> str:
    event = told.event
    if content == "full-resource" and told.response is not None:
        return urn_of("event", event.subscription_id, str(event.number))
    return f"ClaimResponse/{event.claim_response_id}"


def _entry(told: Told, content: Content, url: str) -> Resource:
    event = told.event
    read = f"{url}/ClaimResponse/{event.claim_response_id}"
    entry: Resource = {"fullUrl": read}
    if content == "full-resource" and told.response is not None:
        response = {key: value for key, value in told.response.items() if key not in {"resourceType", "id"}}
        id_ = uuid_of("event-bundle", event.subscription_id, str(event.number))
        entry = {"fullUrl": _focus(told, content), "resource": {"resourceType": "Bundle", "id": id_, **response}}
    return {**entry, "request": {"method": "GET", "url": read}, "response": {"status": "200"}}
