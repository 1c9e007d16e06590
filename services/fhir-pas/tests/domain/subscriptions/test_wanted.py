"""Rules N-1 to N-10."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_0, PAS_2_2, Base
from priorbus.fhir_pas.domain.subscriptions.vocabulary import CHANNEL_TYPE, CONTENT, FILTER, HEARTBEAT, TIMEOUT, TOPIC
from priorbus.fhir_pas.domain.subscriptions.wanted import issues, owned, wanted

GOOD: dict[str, Any] = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "Decisions",
    "criteria": TOPIC,
    "_criteria": {"extension": [{"url": FILTER, "valueString": "org-identifier=a,urn:x|b"}]},
    "end": "2026-01-02T03:04:05.678901+01:00",
    "channel": {
        "type": "rest-hook",
        "endpoint": "https://ehr.example.test",
        "payload": "application/fhir+json",
        "_payload": {"extension": [{"url": CONTENT, "valueCode": "full-resource"}]},
        "header": ["Authorization: Bearer x"],
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good one with another value; None removes it."""
    resource = copy.deepcopy(GOOD)
    *parents, last = path.split(".")
    node = resource
    for parent in parents:
        node = node[parent]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return resource


def test_a_good_one_is_read() -> None:
    assert not issues(GOOD, PAS_2_2)
    asked = wanted(GOOD)
    assert asked.filters == (("a", "urn:x|b"),)
    assert (asked.channel.timeout_seconds, asked.channel.heartbeat_seconds) == (20, None)
    assert asked.end == datetime(2026, 1, 2, 2, 4, 5, 678000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "path", "value"),
    [
        ("N-1", "criteria", "Claim?status=active"),
        ("N-2", "_criteria", None),
        ("N-2", "_criteria.extension", [{"url": FILTER, "valueString": "patient=1"}]),
        ("N-2", "_criteria.extension", [{"url": FILTER, "valueString": "org-identifier"}]),
        ("N-2", "_criteria.extension", [{"url": FILTER, "valueString": "org-identifier=a,,b"}]),
        ("N-2", "_criteria.extension", [{"url": FILTER}]),
        ("N-2", "_criteria.extension", [*GOOD["_criteria"]["extension"], {"url": "urn:other", "valueString": "org-identifier=a"}]),
        ("N-4", "channel.type", "email"),
        ("N-4", "channel._type", {"extension": [{"url": CHANNEL_TYPE, "valueCoding": {"code": "zulip"}}]}),
        ("N-5", "channel.payload", "text/plain"),
        ("N-5", "channel._payload", None),
        ("N-5", "channel._payload.extension", [{"url": CONTENT, "valueCode": "empty"}]),
        ("N-6", "channel.endpoint", None),
        ("N-7", "channel.header", ["Transfer-Encoding: chunked"]),
        ("N-7", "channel.header", ["X: a\r\nHost: b"]),
        ("N-7", "channel.header", ["Content-Type: text/html"]),
        ("N-7", "channel.header", [": value"]),
        ("N-8", "reason", None),
        ("N-10", "channel.extension", [{"url": TIMEOUT, "valueUnsignedInt": "soon"}]),
        ("N-10", "channel.extension", [{"url": HEARTBEAT, "valueUnsignedInt": 0}]),
    ],
)
def test_each_rule(rule: str, path: str, value: Any) -> None:
    assert [issue.rule for issue in issues(changed(path, value), FHIR)] == [rule]


@pytest.mark.parametrize(("base", "allowed"), [(FHIR, True), (PAS_2_0, True), (PAS_2_2, False)])
def test_the_content_level_depends_on_the_base(base: Base, allowed: bool) -> None:
    resource = changed("channel._payload.extension", [{"url": CONTENT, "valueCode": "id-only"}])
    assert (not issues(resource, base)) is allowed


def test_seconds_are_kept_within_limits() -> None:
    extensions = [{"url": TIMEOUT, "valueUnsignedInt": 3600}, {"url": HEARTBEAT, "valueUnsignedInt": 1}]
    channel = wanted(changed("channel.extension", extensions)).channel
    assert (channel.timeout_seconds, channel.heartbeat_seconds) == (60, 30)


def test_values_belong_to_whom_they_are_registered_for() -> None:
    registered = ("http://hl7.org/fhir/sid/us-npi|123", "PROVIDERID")
    assert owned((("123", "PROVIDERID"), ("http://hl7.org/fhir/sid/us-npi|123",)), registered)
    assert not owned((("123", "124"),), registered)
    assert not owned((("urn:other|123",),), registered)
    assert not owned((("urn:other|PROVIDERID",),), registered)
