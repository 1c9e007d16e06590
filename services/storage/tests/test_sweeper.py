from typing import Any

import pytest

from priorbus.contracts.commands.requirements import ReleaseFile
from priorbus.contracts.commands.storage import DiscardDocument, KeepDocuments, RemoveFile, StoreInlineContent
from priorbus.storage import sweeper
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.domain.sweeping import UNTOUCHED, Fate
from priorbus.storage.sweeper import Area, Sweeper, sweep_uploads

PDF = "application/pdf"
NOTE = "JVBERi0xLjcgYSBub3Rl"


async def test_only_uploads_that_a_file_waits_for_stay(world: Any) -> None:
    await world.uploaded(file_id="file_waiting")
    request = await world.uploaded(file_id="file_ready")
    await world.complete("file_ready")
    world.objects.send(request, b"%PDF- put again")
    for stray in ("quarantine/t_acme/file_unknown/ff", "quarantine/t_acme/file_waiting/other", "quarantine/stray"):
        await world.objects.put(stray, b"x", content_type=PDF)
    assert await sweep_uploads(world.objects, world.store) == 4
    waiting = (await world.file("file_waiting")).storage_key
    assert set(world.objects.objects) == {waiting, "files/t_acme/file_ready"}


async def test_nothing_to_sweep(world: Any) -> None:
    assert await world.sweeper.sweep() == 0
    assert world.store.journal == {}


async def test_objects_of_files_that_failed_go_and_those_of_others_stay(world: Any) -> None:
    for name, body in (("file_ready", b"%PDF-1.7"), ("file_failed", b"no pdf")):
        await world.uploaded(body, name)
        await world.complete(name)
    await world.run_due_timers()
    await world.create("file_moved")
    for left in ("files/t_acme/file_failed", "files/t_acme/file_moved", "files/t_acme/of/another/form"):
        await world.objects.put(left, b"x", content_type=PDF)
    before = set(world.objects.objects)
    assert await world.sweeper.sweep() == 0
    world.later(seconds=UNTOUCHED.total_seconds())
    assert await world.sweeper.sweep() == 1
    assert before - set(world.objects.objects) == {"files/t_acme/file_failed"}


async def test_an_object_without_a_record_goes_once_the_owner_of_attachments_lets_go(world: Any) -> None:
    await world.objects.put("files/t_acme/file_lost", b"x", content_type=PDF)
    world.later(seconds=UNTOUCHED.total_seconds())
    assert await world.sweeper.sweep() == 0
    (asked,) = [message for message in world.store.published() if isinstance(message, ReleaseFile)]
    assert asked.file_id == "file_lost"
    await world.send(RemoveFile(file_id="file_lost"))
    await world.run_due_timers()
    assert world.objects.objects == {}


async def test_objects_of_documents_stay_where_the_record_says(world: Any) -> None:
    await world.send(StoreInlineContent(document_id="doc-1", content_type=PDF, data=NOTE))
    await world.send(KeepDocuments(document_ids=("doc-1",)))
    (kept,) = world.objects.objects
    for left in ("documents/t_acme/doc-1/other", "documents/t_acme/doc-2/ff"):
        await world.objects.put(left, b"x", content_type=PDF)
    world.later(seconds=UNTOUCHED.total_seconds() - 1)
    assert await world.sweeper.sweep() == 0
    world.later(seconds=1)
    assert await world.sweeper.sweep() == 2
    assert set(world.objects.objects) == {kept}
    await world.send(DiscardDocument(document_id="doc-1", last_call=True))
    assert set(world.objects.objects) == {kept}


async def test_pages_follow_each_other_over_sweeps_and_begin_anew(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "PAGE", 2)
    for number in range(5):
        await world.objects.put(f"documents/t_acme/doc-{number}/ff", b"x", content_type=PDF)
    world.later(seconds=UNTOUCHED.total_seconds())
    looked_at: list[str] = []

    def fate(_document: Any, key: str) -> Fate:
        looked_at.append(key[-4])
        return "stays"

    area = Area("documents/", DOCUMENTS, fate)
    for _ in range(4):
        # another process each time
        await Sweeper(world.objects, world.store, world.runner, world.clock).sweep_page(area)
    assert "".join(looked_at) == "01234" + "01"
