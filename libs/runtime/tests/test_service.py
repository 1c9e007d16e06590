import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
import structlog

from priorbus.contracts.commands.storage import CompleteFile
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.storage import FileCreated, FileReady
from priorbus.runtime import service
from priorbus.runtime.handling import Context, Subscription
from priorbus.runtime.service import InContext, background, topology
from priorbus.runtime.settlement import Settlement


async def handle(_message: object, _context: Context) -> None:
    return


def rows(*messages: type) -> Sequence[Subscription]:
    return [Subscription(message, handle) for message in messages]


def test_a_table_of_commands_and_facts_needs_both_queues() -> None:
    wanted = topology("storage", rows(CompleteFile, FileCreated, FileReady))
    assert (wanted.service, list(wanted.facts), wanted.commands) == ("storage", ["file.created", "file.ready"], True)


def test_one_kind_only() -> None:
    assert topology("storage", rows(CompleteFile)).facts == []
    assert not topology("listener", rows(FileCreated)).commands


async def test_background_work_goes_on_while_inside_and_is_cancelled_at_the_end() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with background({"work": work}):
        await started.wait()
        assert not ended.is_set()
    assert ended.is_set()


async def test_background_work_that_swallows_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_CANCEL_AGAIN", 0.01)
    swallowed = asyncio.Event()

    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()
        await asyncio.Event().wait()

    async with background({"deaf": deaf}):
        await asyncio.sleep(0)
    assert swallowed.is_set()


async def test_background_work_that_ends_or_fails_ends_the_block() -> None:
    async def ends() -> None:
        return

    async def fails() -> None:
        raise ValueError

    for task, kind in ((ends, RuntimeError), (fails, ValueError)):
        with pytest.raises(ExceptionGroup) as caught:
            async with background({"task": task}):
                await asyncio.Event().wait()
        assert isinstance(caught.value.exceptions[0], kind)


async def test_a_single_message_puts_its_ids_on_log_lines() -> None:
    seen: list[dict[str, object]] = []

    class Inner:
        def concurrent(self, envelope: Envelope) -> bool:
            return envelope.id == "b"

        async def run(self, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
            seen.append(dict(structlog.contextvars.get_contextvars()))
            return [Settlement("done") for _ in envelopes]

    sink = InContext(Inner())
    first, second = (Envelope(id=id_, type="x.do", time=datetime.now(UTC), tenant="t_a", data={}) for id_ in "ab")
    assert len(await sink.run([first])) == 1
    assert len(await sink.run([first, second])) == 2
    assert seen == [{"message_id": "a", "message_type": "x.do", "tenant": "t_a"}, {}]
    assert (sink.concurrent(first), sink.concurrent(second)) == (False, True)
