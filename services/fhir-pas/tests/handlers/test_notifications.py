"""Subscriptions from their creation to the last notification, on a store in memory."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.fhir_access import Caller, FhirBody, ReadResource
from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings
from priorbus.contracts.commands.fhir_subscriptions import (
    CreateSubscription,
    DeleteSubscription,
    ReadSubscriptionEvents,
    RecordNotification,
    ResendNotification,
)
from priorbus.contracts.facts.fhir_pas import ClaimResponseChanged, SubscriptionActivated, SubscriptionEnded, SubscriptionFailed
from priorbus.fhir_pas.aggregates import RAW_REQUESTS
from priorbus.fhir_pas.domain.submissions import RawRequest
from priorbus.fhir_pas.domain.subscriptions.vocabulary import FILTER, HEARTBEAT
from priorbus.fhir_pas.handlers.read_resource import read_resource

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
EVENT = "event-notification"


async def test_a_receiver_that_answers_the_handshake_is_told_of_decisions(desk: Any, own_request: Any) -> None:
    id_ = await desk.active()
    assert (await desk.state(id_)).status == "active"
    await desk.tell(await desk.decide(own_request, "one"))
    await desk.turn()
    assert desk.receivers.told() == [("handshake", ""), (EVENT, "1")]
    sent = desk.receivers.posted[-1]
    assert (sent.header, sent.content_type) == (("Authorization: Bearer receiver-secret",), "application/fhir+json")
    told = json.loads(sent.body)["entry"][1]["resource"]
    assert [one["resource"]["resourceType"] for one in told["entry"]][:2] == ["ClaimResponse", "Patient"]
    assert told["entry"][0]["resource"]["meta"]["versionId"] == "2"


async def test_a_secret_is_nowhere_in_the_clear(desk: Any) -> None:
    created = await desk.create()
    id_ = json.loads(created.result["body"])["id"]
    shown = await desk.service.stage.run(
        lambda query, context: read_resource(query, context, terms=desk.service.terms),
        ReadResource(base="/fhir", caller=Caller(tenant_wide=True), resource_type="Subscription", resource_id=id_),
    )
    assert json.loads(shown.result["body"])["channel"]["header"] == ["Authorization: ***"]
    kept = [*desk.service.stage.store._documents.values(), *(row.reply or b"" for row in desk.service.stage.store.journal.values())]
    assert kept
    assert not any(b"receiver-secret" in one for one in kept)


async def test_what_was_asked_of_subscriptions_is_kept_sealed(desk: Any, wanted: Any) -> None:
    id_ = json.loads((await desk.create()).result["body"])["id"]
    await desk.put(id_, wanted(reason="another"), if_match=9)
    await desk.put("nobody", wanted(reason="a third"))
    raw = json.dumps(wanted()).encode()
    digest = hashlib.sha256(raw).hexdigest()
    desk.service.bodies.bodies["raw/t_test/one"] = raw
    for text, key in (("{", None), (None, "raw/t_test/one")):
        request = FhirBody(media_type="application/fhir+json", sha256=digest, size=1, body=text, body_key=key)
        await desk.send(CreateSubscription(base="/fhir", caller=Caller(), request=request))
    kept = [(one.operation, one.status, one.body and json.loads(desk.sealer.open(one.body))["reason"]) for one in everything_kept(desk)]
    assert sorted(kept, key=lambda one: one[1]) == [
        ("Subscription/create", 201, wanted()["reason"]),
        ("Subscription/create", 403, None),
        ("Subscription/update", 404, "a third"),
        ("Subscription/update", 412, "another"),
    ]
    assert {(one.sealed, one.body_key, one.expires_at == one.received_at + 30 * DAY) for one in everything_kept(desk)} == {
        (True, None, True)
    }


def everything_kept(desk: Any) -> list[RawRequest]:
    return list(desk.service.stage.store.all(RAW_REQUESTS, "t_test"))


async def test_dying_after_the_delivery_means_the_same_number_again(desk: Any, own_request: Any, dying: type[Exception]) -> None:
    await desk.active()
    await desk.tell([*await desk.decide(own_request, "one"), *await desk.decide(own_request, "two")])
    desk.dies = True
    with pytest.raises(dying):
        await desk.turn()
    desk.dies = False
    await desk.turn()
    assert desk.receivers.told()[1:] == [(EVENT, "1"), (EVENT, "1"), (EVENT, "2")]
    first, again = desk.receivers.posted[1:3]
    assert json.loads(first.body)["entry"] == json.loads(again.body)["entry"]


async def test_a_failure_holds_up_what_comes_after_it(desk: Any, own_request: Any) -> None:
    id_ = await desk.active()
    desk.receivers.outcomes.extend(["refused", "unreachable"])
    await desk.tell([*await desk.decide(own_request, "one"), *await desk.decide(own_request, "two")])
    await desk.turn()
    assert (await desk.state(id_)).failures == 1
    for wait in (3, 6):
        await desk.after(wait * SECOND)
    assert desk.receivers.told()[1:] == [(EVENT, "1"), (EVENT, "1"), (EVENT, "1"), (EVENT, "2")]
    assert (await desk.state(id_)).failures == 0


async def test_a_handshake_is_given_up(desk: Any) -> None:
    desk.receivers.usual = "unreachable"
    id_ = await desk.active()
    for wait in (1, 3, 10, 30, *(60 for _ in range(9))):
        assert (await desk.state(id_)).status == "requested"
        await desk.after(wait * SECOND)
    assert (await desk.state(id_)).status == "error"
    assert len(desk.receivers.posted) == 14
    assert any(isinstance(fact, SubscriptionFailed) for fact in desk.service.stage.store.published())


async def test_a_receiver_that_was_dead_gets_everything_once_it_is_back(desk: Any, own_request: Any, wanted: Any) -> None:
    id_ = await desk.active()
    desk.receivers.usual = "unreachable"
    await desk.tell(await desk.decide(own_request, "one"))
    for _ in range(60):
        await desk.after(timedelta(minutes=40))
    assert (await desk.state(id_)).status == "error"
    await desk.tell(await desk.decide(own_request, "two"))
    tried = len(desk.receivers.posted)
    await desk.turn()
    assert len(desk.receivers.posted) == tried
    desk.receivers.usual = "delivered"
    again = await desk.put(id_, wanted(id=id_))
    assert json.loads(again.result["body"])["status"] == "requested"
    await desk.after(SECOND)
    assert desk.receivers.told()[tried:] == [("handshake", ""), (EVENT, "1"), (EVENT, "2")]


async def test_after_a_week_events_are_left_out(desk: Any, own_request: Any, wanted: Any) -> None:
    id_ = await desk.active()
    desk.receivers.usual = "unreachable"
    await desk.tell(await desk.decide(own_request, "one"))
    for _ in range(60):
        await desk.after(timedelta(minutes=40))
    await desk.after(7 * DAY)
    await desk.tell(await desk.decide(own_request, "two"))
    desk.receivers.usual = "delivered"
    tried = len(desk.receivers.posted)
    await desk.put(id_, wanted(id=id_))
    await desk.after(SECOND)
    assert desk.receivers.told()[tried:] == [("handshake", ""), (EVENT, "2")]
    everything = await desk.send(ReadSubscriptionEvents(base="/fhir", subscription_id=id_, since=1))
    numbers = [one for one in json.loads(everything.result["body"])["entry"][0]["resource"]["parameter"] if "part" in one]
    assert len(numbers) == 2


async def test_facts_out_of_order_and_twice_make_events_in_order_and_once(desk: Any, own_request: Any) -> None:
    await desk.active()
    claim = own_request["entry"][0]["resource"]
    claim["item"].append({**claim["item"][0], "sequence": 2})
    response = await desk.submit(own_request, "one")
    first, second = await desk.finalise(response, 1), await desk.finalise(response, 2)
    await desk.tell([*second, *first, *second])
    await desk.turn()
    assert desk.receivers.told()[1:] == [(EVENT, "1"), (EVENT, "2")]
    shown = [json.loads(one.body)["entry"][1]["resource"]["entry"][0]["resource"] for one in desk.receivers.posted[1:]]
    assert [one["meta"]["versionId"] for one in shown] == ["2", "3"]
    assert [one["outcome"] for one in shown] == ["queued", "complete"]


async def test_who_filters_for_others_is_not_told(desk: Any, own_request: Any, wanted: Any) -> None:
    both = [{"url": FILTER, "valueString": f"org-identifier={one}"} for one in ("8189991234", "http://hl7.org/fhir/sid/us-npi|8189991234")]
    await desk.active(wanted(_criteria={"extension": both}))
    await desk.tell(await desk.decide(own_request, "one"))
    await desk.turn()
    assert desk.receivers.told()[1:] == [(EVENT, "1")]
    refused = await desk.create(wanted(_criteria={"extension": [{"url": FILTER, "valueString": "org-identifier=other"}]}))
    assert (refused.refusal.code, refused.result["status"]) == ("identifier_not_owned", 403)


async def test_another_base_shows_the_same_decision_in_its_own_way(desk: Any, own_request: Any) -> None:
    await desk.active(base="/pas/2.2/fhir")
    await desk.tell(await desk.decide(own_request, "one"))
    await desk.turn()
    told = json.loads(desk.receivers.posted[-1].body)["entry"][1]["resource"]
    assert told["entry"][0]["fullUrl"].startswith("https://pas.example.test/pas/2.2/fhir/ClaimResponse/")


async def test_an_attempt_at_the_old_receiver_counts_no_more(desk: Any, own_request: Any, wanted: Any) -> None:
    id_ = await desk.active()
    await desk.tell(await desk.decide(own_request, "one"))
    before = await desk.state(id_)
    moved = wanted(id=id_, status="active")
    moved["channel"] = {**moved["channel"], "endpoint": "https://elsewhere.example.test/"}
    assert json.loads((await desk.put(id_, moved)).result["body"])["status"] == "requested"
    attempt = {"subscription_id": id_, "generation": before.generation, "failures": 0, "delivered": True}
    for late in (RecordNotification(kind="handshake", **attempt), RecordNotification(kind="event", number=1, **attempt)):
        desk.service.stage.clock.advance(SECOND)
        await desk.send(late)
    assert (await desk.state(id_)).status == "requested"
    await desk.turn()
    assert {one.endpoint for one in desk.receivers.posted[-2:]} == {"https://elsewhere.example.test/"}
    assert desk.receivers.told()[-2:] == [("handshake", ""), (EVENT, "1")]


async def test_nothing_is_asked_again_when_only_the_reason_changes(desk: Any, wanted: Any) -> None:
    id_ = await desk.active()
    changed = wanted(id=id_, status="active", reason="Another")
    changed["channel"] = {**changed["channel"], "header": ["Authorization: ***"]}
    assert json.loads((await desk.put(id_, changed)).result["body"])["status"] == "active"
    stale = await desk.put(id_, changed, if_match=1)
    assert stale.result["status"] == 412
    assert desk.sealer.open((await desk.state(id_)).channel.header[0]) == "Authorization: Bearer receiver-secret"


async def test_heartbeats_come_in_quiet_times_only(desk: Any, own_request: Any, wanted: Any) -> None:
    beating = wanted()
    beating["channel"] = {**beating["channel"], "extension": [{"url": HEARTBEAT, "valueUnsignedInt": 30}]}
    await desk.active(beating)
    await desk.after(20 * SECOND)
    await desk.tell(await desk.decide(own_request, "one"))
    await desk.turn()
    await desk.after(20 * SECOND)
    desk.receivers.outcomes.append("refused")
    await desk.after(10 * SECOND)
    await desk.after(30 * SECOND)
    assert desk.receivers.told() == [("handshake", ""), (EVENT, "1"), ("heartbeat", ""), ("heartbeat", "")]


async def test_an_end_switches_it_off(desk: Any, own_request: Any, wanted: Any) -> None:
    end = desk.service.stage.clock() + DAY
    id_ = await desk.active(wanted(end=end.isoformat()))
    await desk.after(DAY)
    assert (await desk.state(id_)).status == "off"
    await desk.tell(await desk.decide(own_request, "one"))
    await desk.turn()
    assert desk.receivers.told() == [("handshake", "")]
    kinds = [type(fact) for fact in desk.service.stage.store.published() if isinstance(fact, SubscriptionActivated | SubscriptionEnded)]
    assert kinds == [SubscriptionActivated, SubscriptionEnded]


async def test_a_deleted_one_is_told_nothing_more(desk: Any, own_request: Any) -> None:
    id_ = await desk.active()
    await desk.tell(await desk.decide(own_request, "one"))
    for _ in range(2):
        assert (await desk.send(DeleteSubscription(base="/fhir", subscription_id=id_))).result["status"] == 204
    await desk.turn()
    assert desk.receivers.told() == [("handshake", "")]
    assert await desk.state(id_) is None


async def test_the_last_event_is_sent_again_under_its_number(desk: Any, own_request: Any) -> None:
    await desk.active()
    facts = await desk.decide(own_request, "one")
    await desk.tell([*facts, *await desk.decide(own_request, "two")])
    await desk.turn()
    changed = facts[0]
    assert isinstance(changed, ClaimResponseChanged)
    handled = await desk.send(ResendNotification(claim_response_id=changed.subject_id))
    assert handled.result["subscriptions"] == 1
    await desk.turn()
    assert desk.receivers.told()[1:] == [(EVENT, "1"), (EVENT, "2"), (EVENT, "1")]
    assert (await desk.send(ResendNotification(claim_response_id="nobody"))).refusal.code == "not_found"


@pytest.mark.parametrize(
    ("status", "text"),
    [(400, "{"), (422, '{"resourceType":"Patient"}'), (422, '{"resourceType":"Subscription","status":"requested"}')],
)
async def test_what_is_no_subscription_is_refused(desk: Any, status: int, text: str) -> None:
    request = FhirBody(media_type="application/fhir+json", sha256="", size=len(text), body=text)
    refused = await desk.send(CreateSubscription(base="/fhir", caller=Caller(), request=request))
    assert refused.result["status"] == status


async def test_a_tenant_may_do_without_ownership(desk: Any, wanted: Any) -> None:
    resource = wanted(_criteria={"extension": [{"url": FILTER, "valueString": "org-identifier=other"}]})
    await desk.service.send(ChangeTenantSettings(values={"subscriptions.ownership": "off"}))
    assert (await desk.create(resource)).result["status"] == 201


async def test_an_internal_receiver_of_one_tenant_in_a_test_deployment(desk: Any, wanted: Any) -> None:
    host, resource = "receiver.internal.test", wanted()
    resource["channel"]["endpoint"] = f"http://{host}:8080/"
    await desk.service.send(ChangeTenantSettings(values={"subscriptions.endpoint_allow": [host]}))
    refused = await desk.create(resource)
    assert (refused.result["status"], "N-6" in refused.result["body"]) == (422, True)
    desk.service.terms = replace(desk.service.terms, may_exempt=True)
    await desk.active(resource)
    assert [(one.endpoint, one.exempt) for one in desk.receivers.posted] == [(f"http://{host}:8080/", {host})]
    await desk.service.send(ChangeTenantSettings(values={"subscriptions.endpoint_allow": []}))
    assert (await desk.create(resource)).result["status"] == 422
