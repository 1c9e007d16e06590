import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from priorbus.contracts.commands.storage import CompleteFile
from priorbus.contracts.facts.storage import FileCreated, FileFailed, FileProgressed, FileReady
from priorbus.contracts.files import File
from priorbus.contracts.replies import Issue, Refusal
from priorbus.runtime.testing.objects import MemoryObjectStore
from priorbus.storage.domain.inspection import Rejected
from priorbus.storage.uploads import settle

PDF = b"%PDF-1.7 note"
PNG = b"\x89PNG\r\n\x1a\n"
FINAL = "files/t_acme/file_1"


async def test_auth_81_the_file_becomes_ready(world: Any) -> None:
    await world.uploaded(PDF)
    world.later(seconds=5)
    reply = await world.complete()
    file = File.model_validate(reply.result["file"])
    assert (file.status, file.version, file.size_bytes) == ("ready", 2, len(PDF))
    assert (file.checksum_sha256, file.completed_at) == (hashlib.sha256(PDF).hexdigest(), world.clock())
    assert file.storage_key == FINAL
    assert set(world.objects.objects) == {FINAL}
    assert world.objects.objects[FINAL].body == PDF
    fact = world.facts()[-1]
    assert isinstance(fact, FileReady)
    assert [event.data for event in fact.events] == [{"id": "file_1", "status": "ready"}]
    assert world.waiting_timers() == ["t_acme/retire_file/file_1"]


async def test_auth_84_complete_before_and_after_the_upload(world: Any) -> None:
    await world.create()
    assert (await world.complete()).refusal == Refusal(code="file_not_uploaded")
    assert (await world.file()).status == "pending_upload"
    await world.uploaded(PDF, "file_2")
    assert (await world.complete("file_2")).result["file"]["status"] == "ready"


@pytest.mark.parametrize(("body", "code"), [(b"", "file_empty"), (PNG, "file_content_mismatch")])
async def test_auth_85_refused_bytes_fail_the_file(world: Any, body: bytes, code: str) -> None:
    await world.uploaded(body)
    reply = await world.complete()
    assert reply.refusal == Refusal(code=code)
    assert reply.result["file"]["status"] == "failed"
    file = await world.file()
    assert (file.status, file.version, file.failure.code) == ("failed", 2, code)
    fact = world.facts()[-1]
    assert isinstance(fact, FileFailed)
    assert fact.events[0].data == {"id": "file_1", "status": "failed", "failureCode": code}
    again = await world.complete()
    assert again.refusal == Refusal(code="file_not_ready", details={"failureCode": code})
    await world.run_due_timers()
    assert world.objects.objects == {}


@pytest.mark.parametrize("body", [b"", PNG])
async def test_auth_85_a_completion_that_dies_before_its_commit_is_repeated_with_the_same_answer(world: Any, body: bytes) -> None:
    await world.uploaded(body)
    file = await world.file()
    verdict = await settle(world.objects, file, world.settings.file_max_bytes)
    assert isinstance(verdict, Rejected)
    assert (await world.complete()).refusal == Refusal(code=verdict.code)
    assert (await world.file()).failure.code == verdict.code


async def test_auth_85_oversized(world: Any) -> None:
    await world.uploaded(bytes(world.settings.file_max_bytes + 1))
    refusal = (await world.complete()).refusal
    assert refusal == Refusal(code="file_too_large", details={"maxBytes": 26_214_400, "actualBytes": 26_214_401})
    assert (await world.file()).status == "failed"


async def test_auth_89_an_unreachable_store_changes_nothing(world: Any) -> None:
    await world.uploaded(PDF)
    world.objects.available = False
    assert (await world.complete()).refusal == Refusal(code="storage_unavailable")
    assert (await world.file()).status == "pending_upload"
    world.objects.available = True
    assert (await world.complete()).result["file"]["status"] == "ready"


async def test_auth_92_complete_twice_answers_the_same(world: Any) -> None:
    await world.uploaded(PDF)
    first = await world.complete()
    world.later(minutes=5)
    world.objects.available = False
    second = await world.complete()
    assert second.result == first.result
    assert len([fact for fact in world.facts() if isinstance(fact, FileReady)]) == 1


async def test_a_redelivered_completion_answers_the_same(world: Any) -> None:
    await world.uploaded(PDF)
    first = await world.complete(message_id="cmd_x")
    assert await world.complete(message_id="cmd_x") == first


async def test_auth_82_a_second_put_after_completion_is_without_effect(world: Any) -> None:
    request = await world.uploaded(PDF)
    await world.complete()
    assert world.objects.send(request, b"%PDF-1.7 other")[0] == 200
    await world.complete()
    assert world.objects.objects[FINAL].body == PDF


async def test_a_bad_body_is_answered_after_the_state_and_moves_nothing(world: Any) -> None:
    await world.uploaded(PDF)
    issues = (Issue(code="unknown_property", message="m", field="/x"),)
    refused = Refusal(code="bad_request", issues=issues)
    assert (await world.send(CompleteFile(file_id="file_1", schema_issues=issues))).refusal == refused
    assert FINAL not in world.objects.objects
    assert (await world.complete()).result["file"]["status"] == "ready"
    assert (await world.send(CompleteFile(file_id="file_1", schema_issues=issues))).refusal == refused
    assert (await world.send(CompleteFile(file_id="file_none", schema_issues=issues))).refusal == Refusal(code="file_not_found")
    await world.uploaded(PNG, "file_2")
    await world.complete("file_2")
    failed = await world.send(CompleteFile(file_id="file_2", schema_issues=issues))
    assert failed.refusal is not None
    assert failed.refusal.code == "file_not_ready"


async def test_unknown_file(world: Any) -> None:
    assert (await world.complete("file_none")).refusal == Refusal(code="file_not_found")


async def test_bytes_moved_by_a_completion_that_came_after_the_failure_are_removed(world: Any) -> None:
    await world.uploaded(PNG)
    await world.complete()
    await world.run_due_timers()
    world.later(seconds=1)
    await world.objects.put(FINAL, PNG, content_type="application/pdf")
    await world.complete()
    await world.run_due_timers()
    assert world.objects.objects == {}


async def test_a_late_completion_before_the_grace_time_ends_still_counts(world: Any) -> None:
    await world.uploaded(PDF)
    world.later(seconds=3600 + 599)
    await world.run_due_timers()
    assert (await world.complete()).result["file"]["status"] == "ready"


async def test_a_clean_scan_is_noted(world: Any, scanned: Any) -> None:
    for place, scan in ((world, "not_scanned"), (scanned, "clean")):
        await place.uploaded(PDF)
        assert (await place.complete()).result["file"]["scan"] == scan


async def test_auth_90_a_scanner_hit_fails_the_file(scanned: Any) -> None:
    await scanned.uploaded(PDF + b" virus")
    assert (await scanned.complete()).refusal == Refusal(code="file_infected")
    file = await scanned.file()
    assert (file.status, file.scan, file.failure.code) == ("failed", "infected", "file_infected")
    await scanned.run_due_timers()
    assert scanned.objects.objects == {}


async def test_auth_90_a_scanner_that_is_away_changes_nothing(scanned: Any) -> None:
    await scanned.uploaded(PDF)
    scanned.scanner.available = False
    assert (await scanned.complete()).refusal == Refusal(code="scan_unavailable")
    assert (await scanned.file()).status == "pending_upload"
    scanned.scanner.available = True
    assert (await scanned.complete()).result["file"]["status"] == "ready"


class Stalling(MemoryObjectStore):
    """Stands still before it gives the bytes, until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.going = asyncio.Event()

    @asynccontextmanager
    async def get(self, key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        await self.going.wait()
        async with super().get(key) as chunks:
            yield chunks


@pytest.fixture
def stalling(settings: Any, make_world: Any) -> Any:
    return make_world(settings, Stalling())


async def until_uploaded(world: Any) -> asyncio.Task[Any]:
    """A completion that is under way, once it can be seen."""
    completing = asyncio.create_task(world.complete())
    async with asyncio.timeout(10):
        while (await world.file()).status != "uploaded":
            await asyncio.sleep(0.01)
    return completing


async def test_8_3_1_a_file_is_uploaded_while_a_completion_takes_its_time(stalling: Any) -> None:
    await stalling.uploaded(PDF)
    completing = await until_uploaded(stalling)
    fact = stalling.facts()[-1]
    assert isinstance(fact, FileProgressed)
    assert (fact.file.version, fact.events) == (2, ())
    stalling.objects.going.set()
    assert (await completing).result["file"]["status"] == "ready"
    assert (await stalling.file()).version == 3


async def test_8_3_1_a_completion_that_gives_up_leaves_the_file_as_it_was(stalling: Any) -> None:
    await stalling.uploaded(PDF)
    completing = await until_uploaded(stalling)
    stalling.objects.available = False
    stalling.objects.going.set()
    assert (await completing).refusal == Refusal(code="storage_unavailable")
    assert (await completing).result["file"]["status"] == "pending_upload"
    fact = stalling.facts()[-1]
    assert isinstance(fact, FileProgressed)
    assert fact.file == await stalling.file()
    stalling.objects.available = True
    assert (await stalling.complete()).result["file"]["status"] == "ready"


async def test_a_quick_completion_is_not_shown(world: Any) -> None:
    await world.uploaded(PDF)
    await world.complete()
    assert [type(fact) for fact in world.facts()] == [FileCreated, FileReady]
