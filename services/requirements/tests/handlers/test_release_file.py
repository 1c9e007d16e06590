"""Who holds a file, and when it is let go (authorizations.md 8.3, 9.5, 9.7)."""

import asyncio
from datetime import datetime, timedelta

import pytest
from services.requirements.tests.conftest import TENANT, request
from services.requirements.tests.handlers.conftest import Office

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import AddAttachment, ReleaseFile, RemoveAttachment
from priorbus.contracts.commands.storage import RemoveFile
from priorbus.requirements.aggregates import FILE_USES
from priorbus.requirements.domain.file_use import FileUse
from priorbus.runtime.testing.handlers import Handled

DAYS = timedelta(days=30)


async def attach(office: Office, case: Authorization, attachment_id: str = "att_9") -> Handled:
    file = office.world.file(id="file_9")
    command = AddAttachment(**request(case, {}), attachment_id=attachment_id, file_id=file.id, file=file, document_types=("other",))
    return await office.run(command)


async def remove(office: Office, case: Authorization, attachment_id: str = "att_9") -> Handled:
    return await office.run(RemoveAttachment(**request(case, {}), attachment_id=attachment_id))


async def release(office: Office, *, unused_since: datetime | None = None, file_id: str = "file_9") -> bool:
    """Whether the file was let go."""
    since = unused_since or office.world.moment.now
    handled = await office.run(ReleaseFile(file_id=file_id, unused_since=since))
    assert handled.published in ([], [RemoveFile(file_id=file_id)])
    return bool(handled.published)


async def use(office: Office) -> FileUse:
    found = await office.stage.store.get(FILE_USES, TENANT, "file_9")
    assert found is not None
    return found


async def test_an_attached_file_is_never_let_go(office: Office) -> None:
    case = await office.given(office.world.case("advance"))
    await attach(office, case)
    office.world.wait(DAYS * 12)
    assert not await release(office)
    assert (await use(office)).attachment_ids == ("att_9",)


async def test_a_file_attached_twice_waits_for_both(office: Office) -> None:
    first = await office.given(office.world.case("advance"))
    second = await office.given(office.world.case("advance").model_copy(update={"id": "auth_other"}))
    await attach(office, first, "att_1")
    await attach(office, second, "att_2")
    await remove(office, await office.stored(first.id), "att_1")
    assert not await release(office)
    await remove(office, await office.stored(second.id), "att_2")
    assert await release(office)


async def test_a_file_that_was_attached_until_lately_stays(office: Office) -> None:
    case = await office.given(office.world.case("advance"))
    await attach(office, case)
    office.world.wait(DAYS)
    await remove(office, await office.stored(case.id))
    assert not await release(office, unused_since=office.world.moment.now - timedelta(seconds=1))
    assert await release(office)


async def test_a_file_that_was_never_attached_is_let_go_again_and_again(office: Office) -> None:
    assert await release(office)
    office.world.wait(DAYS)
    assert await release(office, unused_since=office.world.moment.now - 2 * DAYS)


async def test_a_file_that_was_let_go_can_not_be_attached_whatever_the_gateway_still_shows(office: Office) -> None:
    case = await office.given(office.world.case("advance"))
    await release(office)
    handled = await attach(office, case)
    assert handled.refusal is not None
    assert handled.refusal.code == "file_not_found"
    assert (await use(office)).released


async def test_a_refused_attach_holds_nothing(office: Office) -> None:
    case = await office.given(office.world.case("advance"))
    stale = case.model_copy(update={"version": case.version + 1})
    assert (await attach(office, stale)).refusal is not None
    assert await release(office)


@pytest.mark.parametrize("order", ["attach first", "release first"])
async def test_an_attach_and_a_release_at_the_same_time_end_as_one_after_the_other(office: Office, order: str) -> None:
    """Both have read before either writes; the one that commits later runs again."""
    case = await office.given(office.world.case("advance"))
    racers = [attach(office, case), release(office)]
    if order == "release first":
        racers.reverse()
    await asyncio.gather(*racers)
    attached = bool([one for one in (await office.stored(case.id)).attachments if one.file_id == "file_9"])
    assert (await use(office)).released is not attached
