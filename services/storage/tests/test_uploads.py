"""Moving and checking an upload: every interruption, every race."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from priorbus.contracts.files import File
from priorbus.runtime.objects import StorageUnavailable
from priorbus.runtime.testing.objects import MemoryObjectStore
from priorbus.storage.domain.files import Description, created
from priorbus.storage.domain.inspection import Accepted, Rejected
from priorbus.storage.uploads import discard, settle

QUARANTINE = "quarantine/t_a/file_1/ff"
FINAL = "files/t_a/file_1"
PDF = b"%PDF-1.7 one"
OTHER = b"%PDF-1.7 other"
MAX = 1000
NOW = datetime(2026, 5, 5, tzinfo=UTC)


@pytest.fixture
def file() -> File:
    return created("file_1", "t_a", Description("x.pdf", "application/pdf", None), key=QUARANTINE, now=NOW, upload_expires_at=NOW)


class Interrupted(Exception):
    """The process died here."""


class Faulty(MemoryObjectStore):
    """Counts calls that change or read something, dies before one of them, or lets something happen before one."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.before: Callable[[int, str], None] = lambda _number, _operation: None

    def _contact(self, operation: str) -> None:
        super()._contact(operation)
        self.calls.append(operation)
        self.before(len(self.calls), operation)

    def upload(self, body: bytes) -> None:
        self._write(QUARANTINE, body, content_type="application/pdf")

    def bytes_of(self, key: str) -> bytes | None:
        stored = self.objects.get(key)
        return stored.body if stored else None


@pytest.fixture
def objects() -> Faulty:
    return Faulty()


async def test_the_upload_is_moved_and_checked(objects: Faulty, file: File) -> None:
    objects.upload(PDF)
    verdict = await settle(objects, file, MAX)
    assert isinstance(verdict, Accepted)
    assert verdict.size_bytes == len(PDF)
    assert (objects.bytes_of(FINAL), objects.bytes_of(QUARANTINE)) == (PDF, None)


async def test_nothing_uploaded(objects: Faulty, file: File) -> None:
    assert await settle(objects, file, MAX) is None


@pytest.mark.parametrize(("body", "code"), [(b"", "file_empty"), (bytes(MAX + 1), "file_too_large")])
async def test_a_wrong_size_never_reaches_the_final_key(objects: Faulty, file: File, body: bytes, code: str) -> None:
    """The upload stays until the refusal is committed: a completion that dies before is repeated and says the same."""
    objects.upload(body)
    for _ in range(2):
        verdict = await settle(objects, file, MAX)
        assert isinstance(verdict, Rejected)
        assert verdict.code == code
        assert objects.bytes_of(FINAL) is None
    await discard(objects, "t_a", file.id, file)
    assert objects.objects == {}


async def test_wrong_content_is_rejected_and_can_be_discarded(objects: Faulty, file: File) -> None:
    objects.upload(b"GIF89a")
    assert await settle(objects, file, MAX) == Rejected("file_content_mismatch")
    await discard(objects, "t_a", file.id, file)
    assert objects.objects == {}


@pytest.mark.parametrize("body", [PDF, b"GIF89a", b""])
async def test_dying_before_any_step_and_trying_again(file: File, body: bytes) -> None:
    """Same verdict, same bytes, wherever the first try ended."""
    whole = Faulty()
    whole.upload(body)
    expected = await settle(whole, file, MAX)
    for death in range(1, len(whole.calls) + 1):
        objects = Faulty()
        objects.upload(body)

        def die(number: int, operation: str, death: int = death) -> None:
            if number == death:
                raise Interrupted(operation)

        objects.before = die
        with pytest.raises(Interrupted):
            await settle(objects, file, MAX)
        assert await settle(objects, file, MAX) == expected
        assert {key: stored.body for key, stored in objects.objects.items()} == {key: stored.body for key, stored in whole.objects.items()}


@pytest.mark.parametrize("body", [PDF, b"GIF89a", b""])
async def test_a_store_that_goes_away_before_any_step_and_comes_back(file: File, body: bytes) -> None:
    """Nothing is decided then; the next try decides as if nothing had been."""
    whole = Faulty()
    whole.upload(body)
    expected = await settle(whole, file, MAX)
    for outage in range(1, len(whole.calls) + 1):
        objects = Faulty()
        objects.upload(body)

        def leave(number: int, operation: str, outage: int = outage) -> None:
            if number >= outage:
                raise StorageUnavailable(operation)

        objects.before = leave
        with pytest.raises(StorageUnavailable):
            await settle(objects, file, MAX)
        objects.before = lambda _number, _operation: None
        assert await settle(objects, file, MAX) == expected


async def test_later_bytes_at_the_quarantine_key_are_without_effect(objects: Faulty, file: File) -> None:
    objects.upload(PDF)
    first = await settle(objects, file, MAX)
    objects.upload(OTHER)
    assert await settle(objects, file, MAX) == first
    assert (objects.bytes_of(FINAL), objects.bytes_of(QUARANTINE)) == (PDF, None)


@pytest.mark.parametrize("step", range(1, 7))
async def test_another_upload_at_any_moment_yields_one_state_of_the_bytes(file: File, step: int) -> None:
    """The verdict always speaks of the bytes that are at the final key."""
    objects = Faulty()
    objects.upload(PDF)
    objects.before = lambda number, _operation: objects.upload(OTHER) if number == step else None
    verdict = await settle(objects, file, MAX)
    final = objects.bytes_of(FINAL)
    assert isinstance(verdict, Accepted)
    assert final is not None
    assert verdict.size_bytes == len(final)


@pytest.mark.parametrize("step", range(1, 7))
async def test_a_whole_other_completion_and_another_upload_at_any_moment(file: File, step: int) -> None:
    objects = Faulty()
    objects.upload(PDF)

    def overtake(number: int, _operation: str) -> None:
        if number == step:
            objects.objects.setdefault(FINAL, objects.objects.get(QUARANTINE) or objects.objects[FINAL])
            objects.upload(OTHER)

    objects.before = overtake
    verdict = await settle(objects, file, MAX)
    assert isinstance(verdict, Accepted)
    assert (verdict.size_bytes, objects.bytes_of(FINAL)) == (len(PDF), PDF)


async def test_an_unavailable_store_is_told(objects: Faulty, file: File) -> None:
    objects.available = False
    with pytest.raises(StorageUnavailable):
        await settle(objects, file, MAX)
