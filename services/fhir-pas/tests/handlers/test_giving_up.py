"""A case whose preparation or submission always fails ends instead of waiting in processing (authorizations.md 4.3, P8)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_pas import PrepareAuthorization, SendSubmission
from priorbus.contracts.facts.fhir_pas import ClaimSubmitted, PayerEvidenceRecorded
from priorbus.contracts.messages import MESSAGES, Message
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain.payer import InformationRequest, PayerAnswer, PayerRequest
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.fhir_pas.subscriptions import authorization_work
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import ServiceQueue, Topology
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.testing.bus import MemoryBus

WithMember = Callable[[Authorization, str], Authorization]
QUEUE = ServiceQueue("fhir-pas", "commands")


@dataclass
class BrokenPayer:
    """Fails at every turn, or at the turns that are named."""

    sandbox: Any
    error: Exception
    at: tuple[str, ...] = ("discover", "decide", "poll")
    asked: int = 0

    async def channel(self, tenant: str) -> str:
        return "sandbox"

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        self._fail("discover")
        found: tuple[InformationRequest, ...] = await self.sandbox.discover(request)
        return found

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        self._fail("decide")
        answer: PayerAnswer = await self.sandbox.decide(request)
        return answer

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        self._fail("poll")
        answer: PayerAnswer = await self.sandbox.poll(request, step)
        return answer

    def _fail(self, turn: str) -> None:
        if turn in self.at:
            self.asked += 1
            raise self.error


@pytest.fixture
def broken(service: Any, sandbox: Any) -> BrokenPayer:
    service.payer = payer = BrokenPayer(sandbox, RuntimeError("a name"))
    return payer


def given_up(message: type[Message]) -> float:
    return REGISTRY.get_sample_value("priorbus_fhir_pas_given_up_total", {"type": message.wire_type}) or 0.0


def told_of(service: Any) -> list[Message]:
    """Everything that was published."""
    rows = [row for row in service.stage.store.journal.values() if row.out]
    envelopes = [envelope for row in rows for envelope in cloudevents.decode(cloudevents.join(out.body for out in row.out))]
    return [MESSAGES[envelope.type].model_validate(envelope.data) for envelope in envelopes]


async def delivered(service: Any, message: Message) -> list[Any]:
    """What is published until the message, with all its deliveries, is settled; nothing may be parked."""
    bus = MemoryBus()
    await bus.declare(Topology("fhir-pas"))
    runner = GroupRunner(service.stage.store, authorization_work(service.tools()), service.stage.clock, service.stage.ids)
    before = len(told_of(service))
    async with asyncio.timeout(10), bus.consumer(QUEUE, runner):
        await bus.publisher.publish("commands", message.wire_type, _body(service, message))
        parked = asyncio.create_task(bus.next_parked("fhir-pas"))
        while all(isinstance(one, ClaimSubmitted) for one in told_of(service)[before:]) and not parked.done():
            await asyncio.sleep(0)
        assert not parked.done(), parked.result()
        parked.cancel()
    return told_of(service)[before:]


def _body(service: Any, message: Message) -> bytes:
    envelope = service.stage.envelope(message, "t_test")
    return cloudevents.encode(envelope, orjson.dumps(message.model_dump(mode="json")))


async def test_a_preparation_that_always_fails_ends_the_case(service: Any, broken: BrokenPayer, case: Authorization) -> None:
    before = given_up(PrepareAuthorization)
    (fact,) = await delivered(service, PrepareAuthorization(authorization=case, work_item_id="work_1"))
    assert isinstance(fact, PayerEvidenceRecorded)
    assert (fact.authorization_id, fact.work_item_id, fact.evidence.kind) == ("auth_123", "work_1", "failure")
    assert fact.evidence.failure is not None
    assert fact.evidence.failure.code == "processing_failed"
    assert "name" not in fact.evidence.failure.message
    assert broken.asked == service.terms.deliveries
    assert given_up(PrepareAuthorization) == before + 1


async def test_a_payer_that_stays_away_during_the_preparation_is_the_reason(service: Any, broken: BrokenPayer, case: Authorization) -> None:
    broken.error = PayerUnreachable("away")
    (fact,) = await delivered(service, PrepareAuthorization(authorization=case, work_item_id="work_1"))
    assert fact.evidence.failure.code == "payer_unreachable"


async def test_an_unfit_bundle_ends_the_case_at_once(service: Any, case: Authorization) -> None:
    nameless = {name: value for name, value in case.answers.items() if name != "patient.gender"}
    (fact,) = (await service.prepare(case.model_copy(update={"answers": nameless}))).published
    assert fact.evidence.failure.code == "processing_failed"
    assert await service.stage.store.get(EXCHANGES, "t_test", "auth_123") is None


async def test_a_submission_that_always_fails_ends_the_case(service: Any, broken: BrokenPayer, case: Authorization) -> None:
    await service.want_submission(case)
    stored, fact = await delivered(service, SendSubmission(authorization=case, work_item_id="work_1", attempt=1))
    assert isinstance(stored, ClaimSubmitted)
    assert (fact.work_item_id, fact.attempt, fact.evidence.failure.code) == ("work_1", 1, "processing_failed")
    exchange = await service.stage.store.get(EXCHANGES, "t_test", "auth_123")
    assert exchange.status == "closed"
    assert broken.asked == service.terms.deliveries


async def test_giving_up_is_reported_once(service: Any, broken: BrokenPayer, case: Authorization) -> None:
    """The evidence has an id of its own, and an attempt that is no more in hand reports nothing."""
    service.terms = replace(service.terms, deliveries=1)
    first, again = [(await service.prepare(case)).published[0].evidence_id for _ in range(2)]
    assert first == again
    await service.want_submission(case)
    assert len(service.told(await service.attempt(case))) == 1
    assert service.told(await service.attempt(case)) == []


async def test_an_earlier_delivery_fails_as_ever(service: Any, broken: BrokenPayer, case: Authorization) -> None:
    with pytest.raises(AssertionError, match="RuntimeError"):
        await service.prepare(case)


async def test_a_payer_is_asked_again_after_polls_that_always_fail(
    service: Any, broken: BrokenPayer, case: Authorization, with_member: WithMember
) -> None:
    service.terms = replace(service.terms, deliveries=1)
    broken.at = ("poll",)
    await service.want_submission(case)
    await service.attempt(with_member(case, "SBX-APPROVE"))
    waits = []
    for _ in range(3):
        assert service.told(await service.fire()) == []
        waits += service.waiting
    assert waits == [timedelta(seconds=seconds) for seconds in (0.5, 1, 2)]
    broken.at = ()
    (fact,) = service.told(await service.fire())
    assert fact.evidence.kind == "approved"
