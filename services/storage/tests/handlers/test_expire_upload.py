from typing import Any

from priorbus.contracts.commands.storage import ExpireUpload
from priorbus.contracts.facts.storage import FileFailed
from priorbus.contracts.replies import Refusal


async def test_auth_91_an_upload_that_never_came_fails_the_file(world: Any) -> None:
    await world.create()
    world.later(seconds=3600 + 600)
    await world.run_due_timers()
    file = await world.file()
    assert (file.status, file.failure.code) == ("failed", "upload_expired")
    fact = world.facts()[-1]
    assert isinstance(fact, FileFailed)
    (event,) = fact.events
    assert (event.actor, event.data) == ("system", {"id": "file_1", "status": "failed", "failureCode": "upload_expired"})
    assert (await world.complete()).refusal == Refusal(code="file_not_ready", details={"failureCode": "upload_expired"})


async def test_it_does_not_fire_before_the_grace_time_is_over(world: Any) -> None:
    await world.create()
    world.later(seconds=3600 + 599)
    await world.run_due_timers()
    assert (await world.file()).status == "pending_upload"


async def test_bytes_nobody_completed_are_removed(world: Any) -> None:
    await world.uploaded()
    world.later(hours=2)
    await world.run_due_timers()
    assert world.objects.objects == {}


async def test_a_timer_that_comes_late_leaves_a_ready_file_alone(world: Any) -> None:
    await world.uploaded()
    before = (await world.complete()).result["file"]
    await world.send(ExpireUpload(file_id="file_1"))
    assert (await world.file()).model_dump(mode="json") == before
    await world.send(ExpireUpload(file_id="file_none"))
