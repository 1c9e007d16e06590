"""Acceptance cases: webhooks (conventions.md 19). CONV-39 is held by the gateway's own tests, whose gateway permits no private address."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.devstack.client import AUTHORIZATIONS, Client
from priorbus.devstack.receiver import Received, Receiver, Reply, receiver
from priorbus.devstack.stack import Stack
from priorbus.gateway.presentation.moments import format_moment
from priorbus.runtime.clock import utc_now
from tests.conformance.conventions.conftest import OwnTenant
from tests.conformance.conventions.public_channels import all_events, check_event, decided_case
from tests.conformance.conventions.test_events import FILE, events_of_files
from tests.conformance.event_contract import WebhookContract

ENDPOINTS = "/v1/webhook-endpoints"
DELIVERIES = "/v1/webhook-deliveries"
CASES = 3
COMPLETED = "priorbus.authorization.completed.v1"
# A receiver that ends while the dispatcher connects may leave the connections it has just accepted to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
async def receivers() -> AsyncIterator[Callable[..., Any]]:
    """Receivers that live as long as the test."""
    async with AsyncExitStack() as stack:

        async def make(behave: Any = None) -> Receiver:
            return await stack.enter_async_context(receiver(behave))

        yield make


async def registered(client: Client, at: Receiver, **members: Any) -> Any:
    return (await client.succeed("POST", ENDPOINTS, {"url": at.url, **members})).json


async def deliveries(client: Client, query: str = "") -> list[Any]:
    found: list[Any] = (await client.succeed("GET", f"{DELIVERIES}?limit=100{query}")).json["data"]
    return found


async def until(client: Client, status: str, query: str = "") -> Any:
    """The one delivery of a query, once it has this status."""
    async with asyncio.timeout(40):
        while True:
            found = await deliveries(client, query)
            if [delivery["status"] for delivery in found] == [status]:
                return found[0]
            await asyncio.sleep(0.1)


def failing(times: int, status: int = 500, **headers: str) -> Callable[[Received], Reply]:
    left = [times]

    def behave(_request: Received) -> Reply:
        left[0] -= 1
        return Reply(status, headers) if left[0] >= 0 else Reply()

    return behave


async def test_conv_40_a_case_told_by_webhooks(stack: Stack, own_tenant: OwnTenant, lonely: Client, receivers: Callable[..., Any]) -> None:
    """CONV-40, cases side by side, in both formats; what an event announces is there at every gateway when it comes"""
    readers = [Client(gateway.base_url, own_tenant.key) for gateway in stack.gateways]
    early: list[Any] = []

    async def look(request: Received) -> Reply:
        data = request.json["data"]
        if "statusC" in data:
            versions = [(await reader.get(data["id"])).json["version"] for reader in readers]
            early.extend([(data, versions)] if min(versions) < data["version"] else [])
        return Reply()

    standard, cloud = await receivers(look), await receivers()
    endpoint = await registered(lonely, standard)
    second = await registered(lonely, cloud, format="cloudevents", eventTypes=["authorization.*"])
    async with readers[0], readers[1]:
        await asyncio.gather(*(decided_case(lonely) for _ in range(CASES)))
        async with asyncio.timeout(30):
            events = await all_events(lonely)
            while [event["type"] for event in events].count(COMPLETED) < CASES:
                await asyncio.sleep(0.1)
                events = await all_events(lonely)
        await standard.until(len(events))
        await cloud.until(len([event for event in events if event["type"].startswith("priorbus.authorization.")]))
    assert early == []
    by_id = {event["id"]: {name: value for name, value in event.items() if name != "position"} for event in events}
    assert {request.id for request in standard.requests} == set(by_id)
    contract = WebhookContract(stack.base_url)
    for request in (*standard.requests, *cloud.requests):
        contract.check(request.headers, request.body)
    for request in standard.requests:
        body = Webhook(endpoint["secret"]).verify(request.body, dict(request.headers))
        event = by_id[request.id]
        assert set(body) == {"type", "timestamp", "data"}
        assert f"priorbus.{body['type']}.v1" == event["type"]
        assert (body["timestamp"], body["data"]) == (event["time"], event["data"])
        PUBLIC_EVENTS[body["type"]].model_validate(body["data"])
        assert (request.headers["Content-Type"], len(request.body) < 20_000) == ("application/json", True)
    for request in cloud.requests:
        event = Webhook(second["secret"]).verify(request.body, dict(request.headers))
        check_event(event)
        assert event == by_id[request.id]
        assert request.headers["Content-Type"] == "application/cloudevents+json"


async def test_conv_41_retries(lonely: Client, receivers: Callable[..., Any]) -> None:
    """CONV-41"""
    target = await receivers(failing(2))
    endpoint = await registered(lonely, target)
    await lonely.succeed("POST", "/v1/files", FILE)
    delivered = await until(lonely, "delivered", f"&endpointId={endpoint['id']}")
    assert [attempt["httpStatus"] for attempt in delivered["attempts"]] == [500, 500, 200]
    assert {request.id for request in target.requests} == {delivered["eventId"]}
    moments = [attempt["at"] for attempt in delivered["attempts"]]
    assert moments == sorted(set(moments))
    assert delivered["nextAttemptAt"] is None
    for request in target.requests:
        Webhook(endpoint["secret"]).verify(request.body, dict(request.headers))


async def test_conv_42_redirect_and_gone(lonely: Client, receivers: Callable[..., Any]) -> None:
    """CONV-42"""
    elsewhere, gone = await receivers(), await receivers(failing(99, 410))
    moved = await receivers(failing(99, 302, Location=elsewhere.url))
    first = await registered(lonely, moved)
    second = await registered(lonely, gone)
    await lonely.succeed("POST", "/v1/files", FILE)
    await moved.until(1)
    await gone.until(1)
    async with asyncio.timeout(30):
        while (ended := (await lonely.succeed("GET", f"{ENDPOINTS}/{second['id']}")).json)["status"] != "disabled":
            await asyncio.sleep(0.1)
    assert ended["disabledReason"] == "gone"
    async with asyncio.timeout(30):
        while not (found := await deliveries(lonely, f"&endpointId={first['id']}"))[-1]["attempts"]:
            await asyncio.sleep(0.1)
    assert (found[-1]["attempts"][0]["httpStatus"], found[-1]["attempts"][0]["error"]) == (302, "http_status")
    assert elsewhere.requests == []
    assert len(gone.requests) == 1


async def test_conv_43_rotation(lonely: Client, receivers: Callable[..., Any]) -> None:
    """CONV-43"""
    target = await receivers()
    endpoint = await registered(lonely, target)
    rotated = (await lonely.succeed("POST", f"{ENDPOINTS}/{endpoint['id']}/rotate-secret")).json
    await lonely.succeed("POST", "/v1/files", FILE)
    (request,) = await target.until(1)
    signatures = request.headers["webhook-signature"].split(" ")
    assert len(signatures) == 2
    for secret, one in zip((rotated["secret"], endpoint["secret"]), signatures, strict=True):
        Webhook(secret).verify(request.body, {**request.headers, "webhook-signature": one})


async def test_conv_44_redelivery_and_replay(lonely: Client, receivers: Callable[..., Any]) -> None:
    """CONV-44"""
    target = await receivers(failing(10))
    endpoint = await registered(lonely, target)
    begin = utc_now()
    await lonely.succeed("POST", "/v1/files", FILE)
    exhausted = await until(lonely, "exhausted")
    assert len(exhausted["attempts"]) == 10
    again = await lonely.succeed("POST", f"{DELIVERIES}/{exhausted['id']}/redeliver")
    assert again.status == 202
    await until(lonely, "delivered")
    assert {request.id for request in target.requests} == {exhausted["eventId"]}
    events = await events_of_files(lonely, 2, known=1)
    await target.until(13)
    window = {"from": format_moment(begin - timedelta(seconds=1)), "to": format_moment(utc_now())}
    accepted = await lonely.succeed("POST", f"{ENDPOINTS}/{endpoint['id']}/replay", window)
    assert (accepted.status, accepted.json["status"]) == (202, "pending")
    async with asyncio.timeout(30):
        while (operation := (await lonely.succeed("GET", accepted.headers["Location"])).json)["status"] == "pending":
            await asyncio.sleep(0.1)
    assert (operation["status"], operation["resource"]["id"]) == ("succeeded", endpoint["id"])
    await target.until(13 + len(events) + 1)
    counted = Counter(request.id for request in target.requests[13:] if request.json["type"] == "file.created")
    assert counted == {event["id"]: 1 for event in events}


async def test_conv_45_isolation(lonely: Client, receivers: Callable[..., Any]) -> None:
    """CONV-45"""
    hanging, healthy = await receivers(lambda _request: Reply(hang=True)), await receivers()
    await registered(lonely, hanging)
    await registered(lonely, healthy)
    await asyncio.gather(*(lonely.succeed("POST", "/v1/files", FILE) for _ in range(100)))
    await healthy.until(100, seconds=10)
    assert len(hanging.requests) <= 10


async def test_a_deleted_endpoint_gets_nothing_more(lonely: Client, receivers: Callable[..., Any]) -> None:
    """Conventions 11.1"""
    target = await receivers(failing(99))
    endpoint = await registered(lonely, target)
    await lonely.succeed("POST", "/v1/files", FILE)
    await target.until(1)
    assert (await lonely.call("DELETE", f"{ENDPOINTS}/{endpoint['id']}")).status == 204
    await until(lonely, "canceled")
    assert (await lonely.call("GET", f"{ENDPOINTS}/{endpoint['id']}")).error_code == "webhook_endpoint_not_found"


async def test_webhooks_of_another_tenant_stay_unseen(lonely: Client, other_tenant: Client, receivers: Callable[..., Any]) -> None:
    """Conventions 3.1"""
    target = await receivers()
    await registered(lonely, target)
    await other_tenant.succeed("POST", "/v1/files", FILE)
    await lonely.succeed("POST", "/v1/files", FILE)
    (request,) = await target.until(1)
    mine = await all_events(lonely)
    assert request.id == mine[-1]["id"]
    assert (await lonely.call("GET", f"{AUTHORIZATIONS}?limit=1")).status == 200
