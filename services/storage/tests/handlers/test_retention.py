"""How a file goes that nobody uses: asked for here, decided by the requirements service, carried out here (authorizations.md 8.3)."""

from datetime import timedelta
from typing import Any

from priorbus.contracts.authorizations import Authorization, Requirements, Route, Selection
from priorbus.contracts.commands.requirements import ReleaseFile
from priorbus.contracts.commands.storage import RemoveFile, RetireFile
from priorbus.contracts.events import Event
from priorbus.contracts.facts.requirements import AttachmentRemoved
from priorbus.contracts.facts.storage import FileRemoved
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Payer


def asked(world: Any) -> list[ReleaseFile]:
    return [message for message in world.store.published() if isinstance(message, ReleaseFile)]


async def told_of_removal(world: Any, file_id: str) -> None:
    """The fact of a case that held the file."""
    at = world.clock()
    case = Authorization(
        id="auth_1",
        tenant="t_acme",
        version=2,
        state="requires_input",
        policy="automatic",
        provider_npi="1234567893",
        payer=Payer(id="p", display_name="P", supported_states=(), supported_service_types=(), status="active"),
        selection=Selection(payer_id="p", state="CA", service_type="outpatient", service_code="1", service_code_system="cpt"),
        route=Route(channel="sandbox", label="Sandbox"),
        template_id="t",
        template_version=1,
        answers={},
        surface={},
        requirements=Requirements(version=1),
        created_at=at,
        updated_at=at,
    )
    data = {"attachmentId": "att_1", "fileId": file_id}
    removed = Event(type="attachment.removed", sequence=1, at=at, actor="customer", data=data)
    changed = Event(type="authorization.requirements_changed", sequence=2, at=at, actor="customer", data={})
    settlement = await world.attempt(AttachmentRemoved(authorization=case, events=(removed, changed)))
    assert settlement.kind == "done"


async def test_after_thirty_days_storage_asks_and_changes_nothing_by_itself(world: Any) -> None:
    await world.uploaded()
    await world.complete()
    completed = world.clock()
    world.later(days=30, seconds=-1)
    await world.run_due_timers()
    assert asked(world) == []
    world.later(seconds=1)
    await world.run_due_timers()
    assert asked(world) == [ReleaseFile(file_id="file_1", unused_since=completed)]
    assert (await world.file()).status == "ready"
    assert len(world.objects.objects) == 1


async def test_a_released_file_goes_with_its_bytes_and_its_name(world: Any) -> None:
    await world.uploaded()
    await world.complete()
    await world.send(RemoveFile(file_id="file_1"))
    file = await world.file()
    assert (file.status, file.version, file.file_name, file.checksum_sha256) == ("removed", 3, "", None)
    fact = world.facts()[-1]
    assert isinstance(fact, FileRemoved)
    assert (fact.file, fact.events) == (file, ())
    await world.run_due_timers()
    assert world.objects.objects == {}
    assert world.waiting_timers() == []
    assert (await world.complete()).refusal == Refusal(code="file_not_found")


async def test_the_record_goes_before_the_bytes(world: Any) -> None:
    await world.uploaded()
    await world.complete()
    world.objects.available = False
    await world.send(RemoveFile(file_id="file_1"))
    await world.run_due_timers()
    assert (await world.file()).status == "removed"
    world.objects.available = True
    world.later(seconds=60)
    await world.run_due_timers()
    assert world.objects.objects == {}


async def test_a_repeated_release_changes_nothing_more(world: Any) -> None:
    await world.uploaded()
    await world.complete()
    for _ in range(2):
        await world.send(RemoveFile(file_id="file_1"))
    assert (await world.file()).version == 3
    assert [type(fact) for fact in world.facts()].count(FileRemoved) == 1


async def test_a_removed_attachment_starts_the_time_anew(world: Any) -> None:
    await world.uploaded()
    await world.complete()
    world.later(days=29)
    await told_of_removal(world, "file_1")
    removed_at = world.clock()
    world.later(days=29)
    await world.run_due_timers()
    assert asked(world) == []
    world.later(days=1)
    await world.run_due_timers()
    assert asked(world) == [ReleaseFile(file_id="file_1", unused_since=removed_at)]
    assert world.clock() - removed_at == timedelta(days=30)


async def test_files_that_are_not_ready_are_not_asked_about(world: Any) -> None:
    await world.create()
    await world.send(RetireFile(file_id="file_1"))
    await told_of_removal(world, "file_1")
    await told_of_removal(world, "file_none")
    assert asked(world) == []
    assert world.waiting_timers() == ["t_acme/expire_upload/file_1"]
