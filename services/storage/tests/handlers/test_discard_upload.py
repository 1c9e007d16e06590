from typing import Any

from priorbus.contracts.commands.storage import DiscardUpload


async def test_a_store_that_is_away_is_asked_again(world: Any) -> None:
    await world.uploaded(b"no pdf")
    await world.complete()
    world.objects.available = False
    await world.run_due_timers()
    world.objects.available = True
    assert world.objects.objects != {}
    world.later(seconds=60)
    await world.run_due_timers()
    assert world.objects.objects == {}
    assert world.waiting_timers() == []


async def test_a_ready_file_keeps_its_bytes(world: Any) -> None:
    await world.uploaded()
    await world.complete()
    await world.send(DiscardUpload(file_id="file_1"))
    assert set(world.objects.objects) == {"files/t_acme/file_1"}
