"""Notification Bundles are well-formed R4, and the same whenever they are made again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from priorbus.fhir_pas.domain.issues import errors
from priorbus.fhir_pas.domain.structure.check import check_structure
from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent
from priorbus.fhir_pas.domain.subscriptions.notification import Told, history, status_parameters
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.domain.subscriptions.wanted import Channel

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
BASE = "https://pas.example.test"
STATE = SubscriptionState(
    id="s-1",
    tenant="t_test",
    client="ehr1",
    base="/pas/2.2/fhir",
    status="active",
    channel=Channel(endpoint="https://ehr.example.test", payload="application/fhir+json", content="full-resource"),
    filters=(("1",),),
    events=7,
    created_at=NOW,
)
PATIENT = {"fullUrl": "urn:uuid:6f1f1b8e-8b52-4c7b-9b59-0f5d3a3f0a01", "resource": {"resourceType": "Patient", "id": "p"}}
RESPONSE: dict[str, Any] = {"resourceType": "Bundle", "id": "own", "type": "collection", "entry": [PATIENT]}


def told(number: int, response: dict[str, Any] | None = None) -> Told:
    return Told(SubscriptionEvent(subscription_id="s-1", number=number, claim_response_id="cr-1", version=2, at=NOW), response)


@pytest.mark.parametrize(
    "bundle",
    [
        history(STATE, "handshake", (), "full-resource", BASE, NOW),
        history(STATE, "event-notification", (told(3, RESPONSE),), "full-resource", BASE, NOW),
        history(STATE, "event-notification", (told(3),), "id-only", BASE, NOW),
        history(STATE, "query-event", (told(1, RESPONSE), told(2, RESPONSE)), "full-resource", BASE, NOW),
        history(STATE, "query-event", (told(1),), "empty", BASE, NOW),
    ],
)
def test_the_bundle_is_well_formed(bundle: dict[str, Any]) -> None:
    assert not errors(check_structure(bundle, modifiers="error").issues)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    assert all(entry["request"] and entry["response"] for entry in bundle["entry"])


def test_a_repetition_differs_in_its_time_only() -> None:
    first = history(STATE, "event-notification", (told(3, RESPONSE),), "full-resource", BASE, NOW)
    again = history(STATE, "event-notification", (told(3, RESPONSE),), "full-resource", BASE, NOW + timedelta(hours=1))
    assert first["timestamp"] != again["timestamp"]
    assert first["entry"] == again["entry"]


def test_numbers_count_up_to_the_event_or_to_the_last_one() -> None:
    shown = {one["name"]: one for one in status_parameters(STATE, "event-notification", (told(3),), "id-only", BASE)["parameter"]}
    assert shown["events-since-subscription-start"]["valueString"] == "3"
    asked = {one["name"]: one for one in status_parameters(STATE, "query-status", (), "id-only", BASE)["parameter"]}
    assert asked["events-since-subscription-start"]["valueString"] == "7"


def test_what_is_not_kept_any_more_is_pointed_at() -> None:
    bundle = history(STATE, "event-notification", (told(3),), "full-resource", BASE, NOW)
    assert bundle["entry"][1].keys() == {"fullUrl", "request", "response"}
    (event,) = [one for one in bundle["entry"][0]["resource"]["parameter"] if one["name"] == "notification-event"]
    assert {"name": "focus", "valueReference": {"reference": "ClaimResponse/cr-1"}} in event["part"]
