from typing import Any

from priorbus.storage.sweeper import sweep


async def test_only_uploads_that_a_file_waits_for_stay(world: Any) -> None:
    await world.uploaded(file_id="file_waiting")
    request = await world.uploaded(file_id="file_ready")
    await world.complete("file_ready")
    world.objects.send(request, b"%PDF- put again")
    for stray in ("quarantine/t_acme/file_unknown/ff", "quarantine/t_acme/file_waiting/other", "quarantine/stray"):
        await world.objects.put(stray, b"x", content_type="application/pdf")
    assert await sweep(world.objects, world.store) == 4
    waiting = (await world.file("file_waiting")).storage_key
    assert set(world.objects.objects) == {waiting, "files/t_acme/file_ready"}


async def test_nothing_to_sweep(world: Any) -> None:
    assert await sweep(world.objects, world.store) == 0
