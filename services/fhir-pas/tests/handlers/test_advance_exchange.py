from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_pas import AdvanceExchange
from priorbus.contracts.commands.requirements import GrantPermit, RecordFailedAttempt
from priorbus.fhir_pas.domain.payer import InformationRequest, PayerAnswer, PayerRequest
from priorbus.fhir_pas.ports import PayerUnreachable

WithMember = Callable[[Authorization, str], Authorization]


@pytest.mark.parametrize(
    ("member_id", "kind"),
    [
        ("SBX-APPROVE", "approved"),
        ("SBX-DENY", "denied"),
        ("SBX-MODIFY", "modified"),
        ("SBX-INFO", "information_request"),
        ("SBX-QUESTION", "information_request"),
        ("SBX-DISCOVER", "approved"),
    ],
)
async def test_the_step_after_the_receipt(service: Any, case: Authorization, with_member: WithMember, member_id: str, kind: str) -> None:
    case = with_member(case, member_id)
    await service.want_submission(case)
    (receipt,) = service.told(await service.attempt(case))
    (news,) = service.told(await service.fire())
    assert (receipt.evidence.kind, news.evidence.kind) == ("receipt", kind)
    assert receipt.evidence_id.endswith("/1")
    assert news.evidence_id == receipt.evidence_id[:-1] + "2"
    assert service.waiting == []


async def test_the_payer_is_heard_although_another_permit_is_wanted(
    service: Any, case: Authorization, with_receipt: Callable[[Authorization], Authorization]
) -> None:
    """authorizations.md 4.6.3: that permit may be refused, when the customer cancels; what the payer decides is late evidence then"""
    await service.want_submission(case)
    await service.attempt(case)
    case = with_receipt(case)
    await service.want_submission(case)
    (fact,) = service.told(await service.fire())
    assert (fact.attempt, fact.evidence.kind, service.waiting) == (1, "approved", [])
    (second,) = service.told(await service.attempt(case, 2))
    assert (second.attempt, second.evidence.kind) == (2, "receipt")
    (decision,) = service.told(await service.fire())
    assert (decision.attempt, decision.evidence.kind) == (2, "approved")


async def test_a_timer_that_was_replaced_does_nothing(service: Any, case: Authorization) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    handled = await service.send(AdvanceExchange(exchange_id="auth_123", step=7))
    assert service.told(handled) == []


async def test_an_unknown_exchange_does_nothing(service: Any) -> None:
    handled = await service.send(AdvanceExchange(exchange_id="auth_404", step=1))
    assert service.told(handled) == []


async def test_two_outages_then_through(service: Any, case: Authorization, with_member: WithMember) -> None:
    case = with_member(case, "SBX-OUTAGE")
    await service.want_submission(case)
    for attempt in (1, 2):
        await service.attempt(case, attempt)
        (permit,) = service.told(await service.fire())
        assert permit == GrantPermit(authorization_id="auth_123", work_item_id="work_1", attempt=attempt + 1, channel="sandbox")
    (fact,) = service.told(await service.attempt(case, 3))
    assert fact.evidence.kind == "receipt"


class Unreachable:
    """A payer that is never there."""

    async def channel(self, tenant: str) -> str:
        return "sandbox"

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        raise PayerUnreachable

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        raise PayerUnreachable

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        raise PayerUnreachable


async def test_after_eight_attempts_the_case_fails(service: Any, case: Authorization) -> None:
    service.payer = Unreachable()
    await service.want_submission(case)
    delays, told = [], []
    for attempt in range(1, 9):
        (note,) = service.told(await service.attempt(case, attempt))
        assert isinstance(note, RecordFailedAttempt)
        delays += service.waiting
        told += service.told(await service.fire())
    assert delays == [timedelta(seconds=0.5 * 2**failures) for failures in range(7)] + [timedelta(seconds=60)]
    failure = told[-1].evidence
    assert (failure.kind, failure.failure.code) == ("failure", "payer_unreachable")
    assert service.waiting == []


async def test_a_poll_that_fails_is_tried_again(service: Any, case: Authorization) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    reachable, service.payer = service.payer, Unreachable()
    assert service.told(await service.fire()) == []
    assert service.waiting == [timedelta(seconds=0.5)]
    service.payer = reachable
    (fact,) = service.told(await service.fire())
    assert fact.evidence.kind == "approved"
