import asyncio
from datetime import timedelta
from typing import Any

import pytest

from priorbus.devstack.receiver import Received, Reply
from priorbus.gateway.webhooks import delivery, endpoint
from priorbus.gateway.webhooks.dispatch import WebhookDispatch
from priorbus.gateway.webhooks.verdict import schedule
from priorbus.runtime.clock import utc_now
from priorbus.runtime.deliveries import InHand


def failing(times: int, status: int = 500, **headers: str) -> Any:
    seen: list[Received] = []

    def behave(request: Received) -> Reply:
        seen.append(request)
        return Reply(status, headers, "no") if len(seen) <= times else Reply(text="yes")

    return behave


async def test_only_wanted_events_of_the_own_tenant_are_delivered(deliveries: Any) -> None:
    everything, files = await deliveries.receiver(), await deliveries.receiver()
    await deliveries.event()
    await deliveries.endpoint(everything.url)
    await deliveries.endpoint(files.url, "file.*", "authorization.created")
    await deliveries.endpoint(everything.url, tenant="t_two")
    for kind in ("file.ready", "authorization.canceled", "authorization.created"):
        await deliveries.event(kind)
    async with deliveries.dispatching():
        assert {request.id for request in await everything.until(3)} == {"evt_1", "evt_2", "evt_3"}
        assert {request.id for request in await files.until(2)} == {"evt_1", "evt_3"}
        for row in await deliveries.rows():
            await deliveries.until("delivered", _id=row["_id"])
    assert len(everything.requests) + len(files.requests) == 5


async def test_a_long_backlog_of_one_endpoint_hides_nobody_else(deliveries: Any) -> None:
    """Conventions 11.3, isolation: also when it is taken as fast as it is sent."""
    busy, quiet = [await deliveries.endpoint("http://127.0.0.1:9/", kind) for kind in ("file.created", "file.ready")]
    await deliveries.event("file.created")
    (row,) = await deliveries.rows()
    backlog = [{**row, "_id": f"whd_{number:03}"} for number in range(300)]
    await deliveries.store.database[delivery.COLLECTION].insert_many(backlog)
    await deliveries.event("file.ready")
    unused: Any = None
    dispatch = WebhookDispatch(deliveries.store.database, unused, schedule(1.0), unused, utc_now)
    assert {due.lane for due in await dispatch.find(InHand(), 1000)} == {busy, quiet}


async def test_without_an_endpoint_nothing_is_written(deliveries: Any) -> None:
    await deliveries.event()
    counter = await deliveries.store.database["positions"].find_one({"_id": "t_one"})
    assert counter == {"_id": "t_one", "last": 1}
    assert await deliveries.rows() == []


async def test_retries_keep_the_id_and_have_their_own_time(deliveries: Any) -> None:
    receiver = await deliveries.receiver(failing(2))
    endpoint_id = await deliveries.endpoint(receiver.url)
    await deliveries.event()
    async with deliveries.dispatching():
        row = await deliveries.until("delivered")
    assert [request.id for request in receiver.requests] == ["evt_0"] * 3
    attempts = [(each["http_status"], each["error"], each["response_snippet"]) for each in row["attempts"]]
    assert attempts == [(500, "http_status", "no"), (500, "http_status", "no"), (200, None, "yes")]
    assert "due" not in row
    assert "lane" not in row
    assert (await deliveries.of(endpoint_id))["failing_since"] is None


async def test_after_ten_attempts_it_is_exhausted(deliveries: Any) -> None:
    receiver = await deliveries.receiver(failing(99))
    await deliveries.endpoint(receiver.url)
    await deliveries.event()
    async with deliveries.dispatching(webhook_retry_scale=0.000001):
        row = await deliveries.until("exhausted")
    assert len(row["attempts"]) == len(receiver.requests) == 10


@pytest.mark.parametrize(
    ("reply", "changes", "error"),
    [
        (Reply(302, {"Location": "http://127.0.0.1:9/"}), {}, "http_status"),
        (Reply(hang=True), {"webhook_timeout_ms": 50}, "timeout"),
        (Reply(), {"webhook_allow_private": False}, "url_forbidden"),
        (Reply(), {"webhook_allow_http": False}, "url_forbidden"),
    ],
    ids=["redirect", "slow", "private", "http"],
)
async def test_what_counts_as_a_failure(deliveries: Any, reply: Reply, changes: dict[str, Any], error: str) -> None:
    receiver = await deliveries.receiver(lambda _request: reply)
    await deliveries.endpoint(receiver.url)
    await deliveries.event()
    async with deliveries.dispatching(webhook_retry_scale=1.0, **changes):
        row = await deliveries.until("retry_scheduled")
    assert [each["error"] for each in row["attempts"]] == [error]
    assert len(receiver.requests) == (0 if error == "url_forbidden" else 1)


async def test_a_receiver_that_dies_and_comes_back(deliveries: Any) -> None:
    receiver = await deliveries.receiver()
    await deliveries.endpoint(receiver.url)
    await receiver.stop()
    await deliveries.event()
    async with deliveries.dispatching():
        await deliveries.until("retry_scheduled")
        await receiver.start()
        row = await deliveries.until("delivered")
    assert row["attempts"][0]["error"] == "connection_failed"
    assert row["attempts"][-1]["error"] is None


async def test_a_name_that_leads_to_a_private_address_is_not_called(deliveries: Any) -> None:
    receiver = await deliveries.receiver()
    await deliveries.endpoint(receiver.url.replace("127.0.0.1", "localhost"))
    await deliveries.event()
    async with deliveries.dispatching(webhook_allow_private=False, webhook_retry_scale=1.0):
        row = await deliveries.until("retry_scheduled")
    assert row["attempts"][0]["error"] == "url_forbidden"
    assert receiver.requests == []


async def test_gone_disables_at_once_and_tells_the_others(deliveries: Any) -> None:
    gone, other = await deliveries.receiver(failing(9, 410)), await deliveries.receiver()
    endpoint_id = await deliveries.endpoint(gone.url)
    await deliveries.endpoint(other.url, "webhook_endpoint.*")
    await deliveries.event()
    async with deliveries.dispatching():
        (told,) = await other.until(1)
        await deliveries.event()
        assert told.json["type"] == "webhook_endpoint.disabled"
        assert told.json["data"] == {"endpointId": endpoint_id, "reason": "gone"}
        record = await deliveries.of(endpoint_id)
        assert (record["status"], record["disabled_reason"]) == ("disabled", "gone")
    assert len(gone.requests) == 1
    assert len(await deliveries.rows(endpoint=endpoint_id)) == 1


async def test_days_of_failures_only_disable(deliveries: Any) -> None:
    receiver = await deliveries.receiver(failing(99))
    long_ago = utc_now() - timedelta(days=6)
    endpoint_id = await deliveries.endpoint(receiver.url, failing_since=long_ago)
    await deliveries.event()
    async with deliveries.dispatching(webhook_retry_scale=1.0):
        async with asyncio.timeout(30):
            while (await deliveries.of(endpoint_id))["disabled_reason"] != "failing":
                await asyncio.sleep(0.02)
    (logged,) = await deliveries.store.database["event_log"].find({"types": "webhook_endpoint.disabled"}).to_list(None)
    assert logged["subject"] == f"webhook_endpoint/{endpoint_id}"


async def test_a_busy_receiver_gets_nothing_until_it_wants(deliveries: Any) -> None:
    receiver = await deliveries.receiver(failing(1, 429, **{"Retry-After": "3600"}))
    endpoint_id = await deliveries.endpoint(receiver.url)
    await deliveries.event()
    async with deliveries.dispatching():
        await deliveries.until("retry_scheduled")
        second = await deliveries.event()
        paused_until = (await deliveries.of(endpoint_id))["paused_until"]
        assert timedelta(minutes=59) < paused_until - utc_now() <= timedelta(hours=1)
        await deliveries.store.database[endpoint.COLLECTION].update_one({"_id": endpoint_id}, {"$set": {"paused_until": utc_now()}})
        await deliveries.until("delivered", event=second)
    assert [request.id for request in receiver.requests] == ["evt_0", second]


async def test_a_receiver_that_hangs_is_in_nobodys_way(deliveries: Any) -> None:
    """CONV-45"""
    hanging, healthy = await deliveries.receiver(lambda _request: Reply(hang=True)), await deliveries.receiver()
    await deliveries.endpoint(hanging.url)
    await deliveries.endpoint(healthy.url)
    for _ in range(100):
        await deliveries.event()
    async with deliveries.dispatching():
        await healthy.until(100, seconds=10)
    assert len(hanging.requests) == 5


async def test_what_is_under_way_when_the_process_dies_is_sent_again(deliveries: Any) -> None:
    receiver = await deliveries.receiver(lambda _request: Reply(hang=True))
    await deliveries.endpoint(receiver.url)
    await deliveries.event()
    async with deliveries.dispatching():
        await receiver.until(1)
    (row,) = await deliveries.rows()
    assert (row["attempts"], row["tries"]) == ([], 0)
    receiver.behave = lambda _request: Reply()
    async with deliveries.dispatching():
        await deliveries.until("delivered")
    assert [request.id for request in receiver.requests] == ["evt_0", "evt_0"]


async def test_what_waits_for_an_endpoint_that_is_gone_is_canceled(deliveries: Any) -> None:
    endpoint_id = await deliveries.endpoint("http://127.0.0.1:9/")
    await deliveries.event()
    await deliveries.store.database[endpoint.COLLECTION].delete_one({"_id": endpoint_id})
    async with deliveries.dispatching():
        row = await deliveries.until("canceled")
    assert row["attempts"] == []


async def test_open_lanes_are_found_from_the_index(deliveries: Any) -> None:
    command = {"explain": {"distinct": "webhook_deliveries", "key": "lane", "query": {"lane": {"$gt": ""}}}, "verbosity": "queryPlanner"}
    explained = await deliveries.store.database.command(command)
    assert "DISTINCT_SCAN" in str(explained["queryPlanner"]["winningPlan"])
