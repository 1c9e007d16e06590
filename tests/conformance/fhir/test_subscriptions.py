"""Acceptance cases: Subscriptions and notifications (fhir-pas.md 14, 27)."""

import asyncio
from typing import Any

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.notification_receiver import Receiver
from priorbus.devstack.pas import EXAMPLES, FHIR, PAS_2_0, PAS_2_2, Resource, actions, request, response
from priorbus.devstack.stack import Stack
from tests.conformance.fhir.conftest import Parties
from tests.conformance.fhir.subscribing import FILTER, active, event_of, kind, number, status_of, subscribed, subscription, until

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")


async def submit(client: Client, bundle: Resource, base: str = PAS_2_2) -> Resource:
    answer = await client.call("POST", f"{base}/Claim/$submit", bundle)
    assert answer.status == 200, answer.body
    return response(answer.json)


def issue_codes(outcome: Resource) -> list[str]:
    return [one["code"] for one in outcome["issue"]]


async def test_fhir_96_handshake(parties: Parties, ehr: Receiver) -> None:
    """FHIR-96"""
    created = await parties.ehr1.call("POST", f"{PAS_2_2}/Subscription", subscription(ehr.url))
    assert (created.status, created.json["status"], created.headers["ETag"]) == (201, "requested", 'W/"1"')
    url = f"{PAS_2_2}/Subscription/{created.json['id']}"
    assert created.headers["Location"].endswith(f"{url}/_history/1")
    received = await ehr.next()
    bundle = received.json
    assert (bundle["resourceType"], bundle["type"], len(bundle["entry"])) == ("Bundle", "history", 1)
    assert (kind(bundle), status_of(bundle)["status"]) == ("handshake", "requested")
    assert status_of(bundle)["events-since-subscription-start"] == "0"
    (entry,) = bundle["entry"]
    assert entry["request"]["url"].endswith(f"{url}/$status")
    assert entry["response"] == {"status": "200"}
    shown = await until(parties.ehr1, created.json["id"], "active")
    assert shown["meta"]["versionId"] == "2"


async def test_fhir_97_a_handshake_is_repeated(parties: Parties, ehr: Receiver) -> None:
    """FHIR-97"""
    ehr.answers.extend([500, 500])
    made = await subscribed(parties.ehr1, subscription(ehr.url))
    await until(parties.ehr1, made["id"], "active")
    assert [(one.status, kind(one.json)) for one in ehr.calls] == [(500, "handshake"), (500, "handshake"), (200, "handshake")]


async def test_fhir_98_no_handshake(parties: Parties, ehr: Receiver) -> None:
    """FHIR-98"""
    ehr.usual = 503
    made = await subscribed(parties.ehr1, subscription(ehr.url))
    failed = await until(parties.ehr1, made["id"], "error")
    assert failed["error"]
    assert {one.status for one in ehr.calls} == {503}
    ehr.usual = 200
    again = await parties.ehr1.succeed("PUT", f"{PAS_2_2}/Subscription/{made['id']}", {**failed, "status": "requested"})
    assert again.json["status"] == "requested"
    assert "error" not in await until(parties.ehr1, made["id"], "active")
    assert (ehr.calls[-1].status, kind(ehr.calls[-1].json)) == (200, "handshake")


async def test_fhir_99_102_a_decision_that_comes_later(parties: Parties, ehr: Receiver) -> None:
    """FHIR-99, FHIR-102: what is decided at once is not told"""
    lines = ["Authorization: Bearer receiver-secret", "X-Ehr: one", "X-Ehr: two"]
    await active(parties.ehr1, ehr, subscription(ehr.url, header=lines))
    await submit(parties.ehr1, request("HC"))
    pended = await submit(parties.ehr1, request("HC", {1: "PB003"}))
    received = await ehr.next()
    bundle = received.json
    assert received.headers["Content-Type"].startswith("application/fhir+json")
    assert received.headers["Authorization"] == "Bearer receiver-secret"
    assert received.headers.getall("X-Ehr") == ["one", "two"]  # type: ignore[attr-defined]
    assert (kind(bundle), number(bundle)) == ("event-notification", "1")
    assert status_of(bundle)["events-since-subscription-start"] == "1"
    first, second = bundle["entry"]
    assert event_of(bundle)["focus"] == {"reference": second["fullUrl"]}
    assert second["request"]["url"].endswith(f"{PAS_2_2}/ClaimResponse/{pended['id']}")
    assert [one["response"]["status"] for one in (first, second)] == ["200", "200"]
    told = second["resource"]
    assert (told["resourceType"], told["type"], response(told)["id"]) == ("Bundle", "collection", pended["id"])
    assert actions(response(told)) == {1: "A1", 2: "A1"}


@pytest.mark.long
async def test_fhir_112_what_documents_decide_is_told(parties: Parties, ehr: Receiver) -> None:
    """FHIR-112, the notification"""
    await active(parties.ehr1, ehr, subscription(ehr.url))
    bundle = request("HC", {1: "PB006"})
    asked = await submit(parties.ehr1, bundle)
    patient = next(one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Patient")
    note = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": {"data": "bm90ZQ=="}}]}
    values: dict[str, Resource] = {
        "TrackingId": {"valueIdentifier": asked["identifier"][0]},
        "AttachTo": {"valueCode": "preauthorization"},
        "MemberId": {"valueIdentifier": {"value": patient["identifier"][0]["value"]}},
        "OrganizationId": {"valueIdentifier": {"value": "8189991234"}},
        "Attachment": {"part": [{"name": "Content", "resource": note}]},
    }
    body = {"resourceType": "Parameters", "parameter": [{"name": name, **value} for name, value in values.items()]}
    await parties.ehr1.succeed("POST", f"{PAS_2_2}/$submit-attachment", body)
    told = (await ehr.next()).json["entry"][1]["resource"]
    assert (response(told)["id"], actions(response(told))) == (asked["id"], {1: "A1", 2: "A1"})


async def test_fhir_100_one_line_after_the_other(parties: Parties, ehr: Receiver) -> None:
    """FHIR-100"""
    await active(parties.ehr1, ehr, subscription(ehr.url))
    pended = await submit(parties.ehr1, request("HC", {1: "PB003", 2: "PB008"}))
    first = (await ehr.next()).json
    assert (number(first), actions(response(first["entry"][1]["resource"]))) == ("1", {1: "A1", 2: "A4"})
    await parties.op.succeed("POST", f"/admin/pas/ClaimResponse/{pended['id']}/finalise")
    second = (await ehr.next()).json
    assert (number(second), actions(response(second["entry"][1]["resource"]))) == ("2", {1: "A1", 2: "A3"})


async def test_fhir_101_failures_keep_the_number_and_the_order(parties: Parties, ehr: Receiver) -> None:
    """FHIR-101"""
    await active(parties.ehr1, ehr, subscription(ehr.url))
    ehr.answers.extend([500, 302])
    pended = await submit(parties.ehr1, request("HC", {1: "PB003", 2: "PB008"}))
    assert number((await ehr.next()).json) == "1"
    await parties.op.succeed("POST", f"/admin/pas/ClaimResponse/{pended['id']}/finalise")
    rest = [(await ehr.next()).json for _ in range(3)]
    assert [number(one) for one in rest] == ["1", "1", "2"]
    assert actions(response(rest[1]["entry"][1]["resource"])) == {1: "A1", 2: "A4"}


UNSUPPORTED: list[tuple[str, dict[str, Any]]] = [
    ("N-1", {"criteria": "http://example.org/SubscriptionTopic/other"}),
    ("N-2", {"_criteria": {"extension": [{"url": FILTER, "valueString": "patient=1"}]}}),
    ("N-2", {"_criteria": {"extension": [{"url": "http://hl7.org/fhir/5.0/StructureDefinition/x", "valueString": "org-identifier=1"}]}}),
    ("N-4", {"channel": {"type": "email"}}),
    ("N-5", {"channel": {"payload": "text/plain"}}),
    ("N-6", {"channel": {"endpoint": "http://169.254.169.254/"}}),
    ("N-6", {"channel": {"endpoint": "https:///notifications"}}),
    ("N-7", {"channel": {"header": ["Host: elsewhere.example.org"]}}),
    ("N-7", {"channel": {"header": ["no header"]}}),
]


async def test_fhir_103_unsupported(parties: Parties, ehr: Receiver) -> None:
    """FHIR-103"""
    for rule, change in UNSUPPORTED:
        resource = subscription(ehr.url)
        for name, value in change.items():
            resource[name] = {**resource[name], **value} if name == "channel" else value
        answer = await parties.ehr1.call("POST", f"{PAS_2_2}/Subscription", resource)
        found = [coding["code"] for issue in answer.json["issue"] for coding in issue["details"]["coding"]]
        assert (answer.status, rule in found) == (422, True), answer.body
    other_level = await parties.ehr1.call("POST", f"{PAS_2_2}/Subscription", subscription(ehr.url, content="id-only"))
    assert (other_level.status, "not-supported" in issue_codes(other_level.json)) == (422, True)
    await subscribed(parties.ehr1, subscription(ehr.url, content="id-only"), FHIR)


async def test_fhir_104_foreign_identifier(parties: Parties, ehr: Receiver) -> None:
    """FHIR-104"""
    answer = await parties.ehr1.call("POST", f"{PAS_2_2}/Subscription", subscription(ehr.url, "org-identifier=1234567893"))
    assert (answer.status, answer.error_code, issue_codes(answer.json)) == (403, "identifier_not_owned", ["forbidden"])


async def test_fhir_105_every_form_of_the_filter(parties: Parties, ehr: Receiver) -> None:
    """FHIR-105"""
    filters = (
        "orgIdentifier=8189991234",
        "org-identifier=PROVIDERID,8189991234",
        "org-identifier=http://hl7.org/fhir/sid/us-npi|8189991234",
    )
    for position, one in enumerate(filters):
        await active(parties.ehr1, ehr, subscription(f"{ehr.url}/{position}", one))
    await submit(parties.ehr1, request("HC", {1: "PB003"}))
    told = [await ehr.next() for _ in filters]
    assert {one.path for one in told} == {f"/notifications/{position}" for position in range(len(filters))}
    assert {number(one.json) for one in told} == {"1"}


async def test_fhir_106_id_only(parties: Parties, ehr: Receiver) -> None:
    """FHIR-106"""
    await active(parties.ehr1, ehr, subscription(ehr.url, content="id-only"), PAS_2_0)
    pended = await submit(parties.ehr1, request("HC", {1: "PB003"}, "2.0.1"), PAS_2_0)
    bundle = (await ehr.next()).json
    assert event_of(bundle)["focus"] == {"reference": f"ClaimResponse/{pended['id']}"}
    _, entry = bundle["entry"]
    assert entry.keys() == {"fullUrl", "request", "response"}
    assert entry["fullUrl"].endswith(f"{PAS_2_0}/ClaimResponse/{pended['id']}")


async def test_fhir_107_an_end_long_ago(parties: Parties, ehr: Receiver) -> None:
    """FHIR-107"""
    made = await active(parties.ehr1, ehr, {**subscription(ehr.url), "end": "2020-01-01T00:00:00Z"})
    assert made["end"].startswith("2020")


async def test_fhir_108_status_and_events(parties: Parties, ehr: Receiver) -> None:
    """FHIR-108"""
    made = await active(parties.ehr1, ehr, subscription(ehr.url))
    await submit(parties.ehr1, request("HC", {1: "PB003"}))
    await ehr.next()
    url = f"{PAS_2_2}/Subscription"
    for path in (f"{url}/{made['id']}/$status", f"{url}/$status?id={made['id']}&status=active,error", f"{url}/$status"):
        for method in ("GET", "POST"):
            bundle = (await parties.ehr1.succeed(method, path)).json
            (entry,) = bundle["entry"]
            shown = status_of({"entry": [entry]})
            assert (bundle["type"], shown["type"], shown["events-since-subscription-start"]) == ("searchset", "query-status", "1")
    none = {"resourceType": "Parameters", "parameter": [{"name": "status", "valueCode": "off"}]}
    assert (await parties.ehr1.succeed("POST", f"{url}/$status", none)).json["total"] == 0
    events = (await parties.ehr1.succeed("GET", f"{url}/{made['id']}/$events?eventsSinceNumber=1")).json
    assert (events["type"], kind(events), number(events)) == ("history", "query-event", "1")
    assert actions(response(events["entry"][1]["resource"])) == {1: "A1", 2: "A1"}
    later = (await parties.ehr1.succeed("GET", f"{url}/{made['id']}/$events?eventsSinceNumber=2")).json
    assert len(later["entry"]) == 1
    assert (await parties.ehr1.call("GET", f"{url}/{made['id']}/$events?eventsSinceNumber=one")).status == 400
    assert (await parties.ehr2.succeed("GET", f"{url}/$status")).json["total"] == 0


async def test_fhir_109_for_others_it_does_not_exist(parties: Parties, ehr: Receiver) -> None:
    """FHIR-109"""
    made = await subscribed(parties.ehr1, subscription(ehr.url))
    url = f"{PAS_2_2}/Subscription/{made['id']}"
    body = subscription(ehr.url, "org-identifier=1234567893")
    for method, path, sent in (
        ("GET", url, None),
        ("PUT", url, {**body, "id": made["id"]}),
        ("DELETE", url, None),
        ("GET", f"{url}/$status", None),
        ("GET", f"{url}/$events", None),
    ):
        answer = await parties.ehr2.call(method, path, sent)
        assert (answer.status, answer.error_code) == (404, "not_found"), (method, path)
    assert (await parties.ehr1.succeed("GET", f"{PAS_2_2}/Subscription?url={ehr.url}")).json["total"] == 1
    assert (await parties.ehr2.succeed("GET", f"{PAS_2_2}/Subscription")).json["total"] == 0


async def test_fhir_110_update_and_delete(parties: Parties, ehr: Receiver) -> None:
    """FHIR-110, and that a secret is neither shown nor lost when the client sends back what it was shown"""
    made = await active(parties.ehr1, ehr, subscription(ehr.url, header=["Authorization: Bearer receiver-secret"]))
    url = f"{PAS_2_2}/Subscription/{made['id']}"
    assert made["channel"]["header"] == ["Authorization: ***"]
    assert (await parties.ehr1.call("PUT", url, made, if_match='W/"1"')).status == 412
    assert (await parties.ehr1.call("PUT", url, made, if_match="1")).status == 400
    changed = {**made, "channel": {**made["channel"], "endpoint": f"{ehr.url}/moved"}}
    answer = await parties.ehr1.succeed("PUT", url, changed, if_match='W/"2"')
    assert (answer.json["status"], answer.headers["ETag"]) == ("requested", 'W/"3"')
    moved = await ehr.next()
    assert (moved.path, moved.headers["Authorization"]) == ("/notifications/moved", "Bearer receiver-secret")
    await until(parties.ehr1, made["id"], "active")
    off = await parties.ehr1.succeed("PUT", url, {**changed, "status": "off"})
    assert off.json["status"] == "off"
    assert (await parties.ehr1.call("DELETE", url)).status == 204
    assert (await parties.ehr1.call("GET", url)).status == 410
    assert (await parties.ehr1.call("PUT", url, changed)).status == 410
    assert (await parties.ehr1.succeed("GET", f"{url}/_history/1")).json["channel"]["header"] == ["Authorization: ***"]
    assert ehr.unread() == 0


async def test_an_operator_has_an_event_told_again(stack: Stack, parties: Parties, ehr: Receiver) -> None:
    await active(parties.ehr1, ehr, subscription(ehr.url))
    pended = await submit(parties.ehr1, request("HC", {1: "PB003"}))
    first = (await ehr.next()).json
    again = await parties.op.succeed("POST", f"/admin/pas/ClaimResponse/{pended['id']}/resend-notification")
    assert again.json == {"claimResponseId": pended["id"], "subscriptions": 1}
    second = (await ehr.next()).json
    assert number(second) == number(first) == "1"
    assert second["entry"][1] == first["entry"][1]
    command = ["pas", "resend-notification", pended["id"], "--tenant", parties.tenant]
    assert await asyncio.to_thread(stack.priorbus, *command) == again.json
    assert number((await ehr.next()).json) == "1"
    assert (await parties.op.call("POST", "/admin/pas/ClaimResponse/nobody/resend-notification")).status == 404
    assert (await parties.ehr1.call("POST", f"/admin/pas/ClaimResponse/{pended['id']}/resend-notification")).status == 401


async def test_a_slow_receiver_holds_up_nobody(parties: Parties, ehr: Receiver) -> None:
    """One that never answers costs its own notifications time, not those of another."""
    await active(parties.ehr1, ehr, subscription(f"{ehr.url}/quick"))
    await active(parties.ehr1, ehr, subscription(f"{ehr.url}/slow"))
    ehr.hush()
    await submit(parties.ehr1, request("HC", {1: "PB003"}))
    assert {(await ehr.next()).path for _ in range(2)} == {"/notifications/quick", "/notifications/slow"}
    ehr.speak()
