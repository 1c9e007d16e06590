from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.storage import CreateFile
from priorbus.contracts.facts.storage import FileCreated
from priorbus.contracts.files import File
from priorbus.contracts.replies import Issue, Refusal

MAX = 26_214_400


async def test_auth_80_a_file_and_its_upload_target(world: Any) -> None:
    reply = await world.create(file_name="clinical-note.pdf")
    file = File.model_validate(reply.result["file"])
    upload = reply.result["upload"]
    assert (file.status, file.version, file.file_name) == ("pending_upload", 1, "clinical-note.pdf")
    assert file.upload_expires_at == world.clock() + timedelta(hours=1)
    assert file.storage_key.startswith("quarantine/t_acme/file_1/")
    assert (upload["strategy"], upload["method"]) == ("single_put", "PUT")
    assert upload["headers"] == {"Content-Type": "application/pdf", "If-None-Match": "*"}
    assert "clinical" not in upload["url"]
    assert await world.file() == file


async def test_the_fact_tells_no_name_in_public(world: Any) -> None:
    await world.create()
    (fact,) = world.facts()
    assert isinstance(fact, FileCreated)
    (event,) = fact.events
    assert (event.type, event.data) == ("file.created", {"id": "file_1", "status": "pending_upload"})


async def test_a_declared_size_is_signed(world: Any) -> None:
    reply = await world.create(declared_size=5)
    assert reply.result["upload"]["headers"]["Content-Length"] == "5"


async def test_two_targets_never_share_a_key(world: Any) -> None:
    await world.create("file_1")
    await world.create("file_2")
    assert (await world.file("file_1")).storage_key.split("/")[3] != (await world.file("file_2")).storage_key.split("/")[3]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"content_type": "text/plain"}, "unsupported_content_type"),
        ({"purpose": "other"}, "bad_request"),
        ({"declared_size": MAX + 1}, "file_too_large"),
        ({"file_name": "a.png"}, "file_extension_mismatch"),
        ({"file_name": ".."}, "bad_request"),
    ],
)
async def test_auth_87_auth_88_refusals_leave_nothing(world: Any, values: dict[str, Any], code: str) -> None:
    reply = await world.create(**values)
    assert reply.refusal.code == code
    assert reply.result is None
    assert (world.facts(), world.waiting_timers()) == ([], [])


async def test_auth_89_an_unreachable_store_is_told_and_a_later_try_works(world: Any) -> None:
    world.objects.available = False
    assert (await world.create()).refusal == Refusal(code="storage_unavailable")
    assert world.facts() == []
    world.objects.available = True
    assert (await world.create()).refusal is None


async def test_a_bad_request_is_told_even_while_the_store_is_away(world: Any) -> None:
    world.objects.available = False
    assert (await world.create(purpose="other")).refusal.code == "bad_request"


async def test_schema_issues_of_the_gateway_are_the_answer(world: Any) -> None:
    issue = Issue(code="unknown_property", message="Unknown.", field="/x")
    reply = await world.send(CreateFile(file_id="file_1", schema_issues=(issue,)))
    assert reply.refusal == Refusal(code="bad_request", issues=(issue,))
