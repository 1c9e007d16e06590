"""Who commits with whom, beside the groups."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.joining import Joining
from priorbus.runtime.mongo.jobs import Job
from priorbus.runtime.settlement import Settlement, StoreUnavailable
from priorbus.runtime.testing.ledger import SUBSCRIPTIONS, Deposit


def job(name: str) -> Job:
    message = Deposit(account_id=name, amount=1)
    return Job(Envelope(name, message.wire_type, FixedClock()(), "t_test", {}), SUBSCRIPTIONS[1], message)


@dataclass
class Commits:
    """Each commit waits until it is let go, or fails."""

    groups: list[list[str]] = field(default_factory=list)
    turns: asyncio.Queue[Exception | None] = field(default_factory=asyncio.Queue)

    async def __call__(self, jobs: Sequence[Job]) -> Sequence[Settlement]:
        names = [one.envelope.id for one in jobs]
        self.groups.append(names)
        failure = await self.turns.get()
        if failure is not None:
            raise failure
        return [Settlement("done", name.encode()) for name in names]


async def test_while_a_group_commits_the_next_one_gathers() -> None:
    commits = Commits()
    joining = Joining(commits, 3)
    tasks = [asyncio.create_task(joining.run(job("a")))]
    while not commits.groups:
        await asyncio.sleep(0)
    tasks += [asyncio.create_task(joining.run(job(name))) for name in "bcde"]
    for _ in range(3):
        commits.turns.put_nowait(None)
    assert [settled.reply for settled in await asyncio.gather(*tasks)] == [b"a", b"b", b"c", b"d", b"e"]
    assert commits.groups == [["a"], ["b", "c", "d"], ["e"]]


async def test_a_failure_is_everybodys_and_the_next_group_goes_on() -> None:
    commits = Commits()
    joining = Joining(commits, 2)
    failing = [asyncio.create_task(joining.run(job(name))) for name in "ab"]
    commits.turns.put_nowait(StoreUnavailable())
    assert [type(one) for one in await asyncio.gather(*failing, return_exceptions=True)] == [StoreUnavailable] * 2
    commits.turns.put_nowait(None)
    assert (await joining.run(job("c"))).reply == b"c"


async def test_one_that_gives_up_leaves_the_others_alone() -> None:
    commits = Commits()
    joining = Joining(commits, 2)
    leaving, staying = (asyncio.create_task(joining.run(job(name))) for name in "ab")
    while not commits.groups:
        await asyncio.sleep(0)
    leaving.cancel()
    commits.turns.put_nowait(None)
    assert (await staying).reply == b"b"
    with pytest.raises(asyncio.CancelledError):
        await leaving
