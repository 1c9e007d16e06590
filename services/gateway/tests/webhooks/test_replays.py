import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from priorbus.gateway.webhooks.replays import Window, replay_record
from priorbus.runtime.clock import utc_now

TIME = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)


async def asked(deliveries: Any, endpoint_id: str, window: Window, operation_id: str = "op_1") -> None:
    record = {"_id": endpoint_id, "tenant": "t_one"}
    row = replay_record(operation_id, record, window, "req_1", utc_now())
    await deliveries.store.database["operations"].insert_one(row)


async def completed(deliveries: Any, operation_id: str = "op_1") -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            row: dict[str, Any] = await deliveries.store.database["operations"].find_one({"_id": operation_id})
            if row["status"] != "pending":
                return row
            await asyncio.sleep(0.02)


async def test_every_wanted_event_of_the_window_is_sent_once_more(deliveries: Any) -> None:
    receiver = await deliveries.receiver()
    for kind in ("file.created", "file.ready", "authorization.created"):
        await deliveries.event(kind)
    await deliveries.event(tenant="t_two")
    endpoint_id = await deliveries.endpoint(receiver.url, "file.*")
    # in the log the events are from now, they happened at TIME
    rows = deliveries.store.database["event_log"]
    await rows.update_many({}, {"$set": {"at": TIME + timedelta(minutes=5)}})
    await asked(deliveries, endpoint_id, Window(TIME, TIME))
    await asked(deliveries, endpoint_id, Window(TIME + timedelta(milliseconds=1), TIME + timedelta(hours=1)), "op_2")
    async with deliveries.dispatching():
        for operation_id in ("op_1", "op_2"):
            row = await completed(deliveries, operation_id)
            assert (row["status"], row["error"]) == ("succeeded", None)
        assert {request.id for request in await receiver.until(2)} == {"evt_0", "evt_1"}
    announced = await rows.find({"types": "operation.completed"}).to_list(None)
    assert {row["subject"] for row in announced} == {"operation/op_1", "operation/op_2"}
    assert len(await deliveries.rows()) == 2


async def test_a_replay_for_an_endpoint_that_is_gone_fails(deliveries: Any) -> None:
    await asked(deliveries, "whe_gone", Window(TIME, TIME))
    async with deliveries.dispatching():
        row = await completed(deliveries)
    assert (row["status"], row["error"]["code"]) == ("failed", "webhook_endpoint_not_found")


async def test_a_replay_goes_on_where_it_stopped(deliveries: Any) -> None:
    receiver = await deliveries.receiver()
    for _ in range(3):
        await deliveries.event()
    endpoint_id = await deliveries.endpoint(receiver.url)
    await deliveries.store.database["event_log"].update_many({}, {"$set": {"at": TIME}})
    await asked(deliveries, endpoint_id, Window(TIME, TIME))
    await deliveries.store.database["operations"].update_one({"_id": "op_1"}, {"$set": {"replay.after": 2}})
    async with deliveries.dispatching():
        await completed(deliveries)
    assert [row["event"] for row in await deliveries.rows(type="file.created")] == ["evt_2"]
