"""Submissions that were left without an answer are found."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import SUBMISSIONS
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.fhir_pas.recovery import AGE, FIRST_WAIT, LONGEST_WAIT, Recovery
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import Publisher
from priorbus.runtime.bus.names import Exchange
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.mongo import Store
from priorbus.runtime.mongo.documents import document_id
from priorbus.runtime.mongo.transactional import Changes, Save

CLOCK = FixedClock()


@dataclass
class Outlet:
    """What would have been published."""

    sent: list[Envelope] = field(default_factory=list)

    async def publish(self, exchange: Exchange, key: str, body: bytes) -> None:
        assert (exchange, key) == ("commands", "fhir-pas.decide_claim")
        self.sent += cloudevents.decode(cloudevents.join([body]))


@pytest.fixture
async def store(mongo_url: str, emptied_prefix: str) -> AsyncIterator[Store]:
    async with Store.open(mongo_url, f"{emptied_prefix}_fhir_pas") as opened:
        await opened.ensure_indexes([SUBMISSIONS])
        yield opened


def submission(name: str, age: timedelta, *, undecided: bool) -> Save:
    left = Submission(
        id=name,
        undecided=undecided,
        authorization_id="a",
        client="ehr1",
        base="/fhir",
        claim_id="c",
        claim_version=1,
        claim_response_id="r",
        created_at=CLOCK() - age,
    )
    return Save(SUBMISSIONS, document_id("t_a", name), "t_a", left, 0)


async def test_old_submissions_without_an_answer_are_decided(store: Store) -> None:
    second = timedelta(seconds=1)
    saves = [
        submission("left", AGE + second, undecided=True),
        submission("fresh", AGE - second, undecided=True),
        submission("decided", AGE + second, undecided=False),
    ]
    await store.commit(Changes(saves=saves))
    outlet = Outlet()
    assert await Recovery(store, cast(Publisher, outlet), CLOCK).look() == 1
    (envelope,) = outlet.sent
    assert (envelope.tenant, envelope.client, envelope.data) == ("t_a", "ehr1", {"submission_id": "left", "poll": 0})


async def test_what_always_fails_is_commanded_ever_more_seldom(store: Store) -> None:
    clock, outlet = FixedClock(), Outlet()
    recovery = Recovery(store, cast(Publisher, outlet), clock)
    await store.commit(Changes(saves=[submission("stuck", AGE * 2, undecided=True)]))
    waits: list[timedelta] = []
    start = clock()
    while len(waits) < 9:
        if await recovery.look():
            waits.append(clock() - start)
            start = clock()
        clock.advance(FIRST_WAIT)
    assert waits[1:] == [min(FIRST_WAIT * 2**times, LONGEST_WAIT) for times in range(8)]


async def test_what_waits_keeps_nothing_else_waiting_and_is_forgotten_once_it_is_answered(store: Store) -> None:
    clock, outlet = FixedClock(), Outlet()
    recovery = Recovery(store, cast(Publisher, outlet), clock)
    await store.commit(Changes(saves=[submission(f"stuck{number}", AGE * 2, undecided=True) for number in range(101)]))
    assert [await recovery.look() for _ in range(3)] == [100, 1, 0]
    await store.commit(Changes(saves=[submission("later", AGE * 2, undecided=True)]))
    assert (await recovery.look(), outlet.sent[-1].data["submission_id"]) == (1, "later")
    await store.database[SUBMISSIONS.name].update_many({}, {"$set": {"undecided": False}})
    clock.advance(FIRST_WAIT)
    assert await recovery.look() == 0
    await store.database[SUBMISSIONS.name].update_many({}, {"$set": {"undecided": True}})
    assert await recovery.look() == 100
    clock.advance(FIRST_WAIT)
    assert await recovery.look() == 100
