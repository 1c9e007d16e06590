"""Notifications of other servers, whatever they look like."""

from datetime import UTC, datetime
from typing import Any

import pytest

from priorbus.fhir_pas.domain.remote.notices import notice_in

RESPONSE = {"resourceType": "ClaimResponse", "id": "cr-1"}


def event(number: str, focus: str = "urn:uuid:1") -> dict[str, Any]:
    parts = [
        {"name": "event-number", "valueString": number},
        {"name": "timestamp", "valueInstant": "2026-01-05T09:00:00Z"},
        {"name": "focus", "valueReference": {"reference": focus}},
    ]
    return {"name": "notification-event", "part": parts}


def notification(*parameters: Any, kind: str = "event-notification") -> dict[str, Any]:
    named = [
        {"name": "subscription", "valueReference": {"reference": "https://payer.example.test/fhir/Subscription/s-1"}},
        {"name": "type", "valueCode": kind},
        *parameters,
    ]
    told = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": RESPONSE}]}
    return {
        "resourceType": "Bundle",
        "type": "history",
        "entry": [{"resource": {"resourceType": "Parameters", "parameter": named}}, {"fullUrl": "urn:uuid:1", "resource": told}],
    }


def test_events_come_in_the_order_of_their_numbers() -> None:
    notice = notice_in(notification(event("10"), event("9")))
    assert notice is not None
    assert (notice.kind, notice.subscription, [one.number for one in notice.events]) == ("event-notification", "s-1", [9, 10])
    first = notice.events[0]
    assert (first.response, first.bundle["type"], first.at) == (RESPONSE, "collection", datetime(2026, 1, 5, 9, tzinfo=UTC))


def test_a_handshake_has_no_events() -> None:
    notice = notice_in(notification(kind="handshake"))
    assert notice is not None
    assert (notice.kind, notice.events) == ("handshake", ())


def test_an_event_without_its_resource_is_still_one() -> None:
    notice = notice_in(notification(event("1", "ClaimResponse/cr-1")))
    assert notice is not None
    assert [(one.number, one.response) for one in notice.events] == [(1, None)]


@pytest.mark.parametrize(
    "bundle",
    [
        {},
        {"entry": "no list"},
        {"entry": [1, {"resource": 2}]},
        {"entry": [{"resource": {"resourceType": "Parameters"}}]},
        {"entry": [{"resource": {"resourceType": "Parameters", "parameter": [{"name": "type", "valueCode": "handshake"}]}}]},
    ],
)
def test_other_things_are_no_notification(bundle: dict[str, Any]) -> None:
    assert notice_in(bundle) is None


@pytest.mark.parametrize(
    "parameter", [{"name": "notification-event"}, event("-1"), event("1.5"), {"name": "notification-event", "part": [3]}]
)
def test_events_without_a_number_are_left_out(parameter: dict[str, Any]) -> None:
    notice = notice_in(notification(parameter))
    assert notice is not None
    assert notice.events == ()
