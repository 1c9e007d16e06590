from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import RecordFailedAttempt
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.fhir_pas.aggregates import EXCHANGES

WithMember = Callable[[Authorization, str], Authorization]


async def test_a_receipt_is_reported_and_the_next_step_planned(service: Any, case: Authorization) -> None:
    await service.want_submission(case)
    (fact,) = service.told(await service.attempt(case))
    assert isinstance(fact, PayerEvidenceRecorded)
    assert (fact.attempt, fact.evidence.kind, fact.evidence.reference_number) == (1, "receipt", "SBX-2435590704ec")
    assert service.waiting == [timedelta(milliseconds=200)]


async def test_a_final_answer_plans_nothing(service: Any, case: Authorization, with_member: WithMember) -> None:
    case = with_member(case, "SBX-APPROVE-NOW")
    await service.want_submission(case)
    (fact,) = service.told(await service.attempt(case))
    assert fact.evidence.kind == "approved"
    assert service.waiting == []


async def test_silence_is_no_evidence(service: Any, case: Authorization, with_member: WithMember) -> None:
    case = with_member(case, "SBX-HOLD")
    await service.want_submission(case)
    handled = await service.attempt(case)
    assert (service.told(handled), service.waiting) == ([], [])


@pytest.mark.parametrize(("work_item", "attempt"), [("work_1", 2), ("work_0", 1)])
async def test_another_attempt_than_the_one_in_hand_is_not_sent(
    service: Any, payer: Any, case: Authorization, work_item: str, attempt: int
) -> None:
    await service.want_submission(case)
    await service.stage.store.put(
        EXCHANGES, "t_test", (await service.stage.store.get(EXCHANGES, "t_test", "auth_123")).model_copy(update={"work_item_id": work_item})
    )
    handled = await service.attempt(case, attempt)
    assert (service.told(handled), payer.requests) == ([], [])


async def test_an_attempt_is_sent_once_even_if_permitted_twice(service: Any, payer: Any, case: Authorization) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    handled = await service.attempt(case)
    assert service.told(handled) == []
    assert [request.identifier for request in payer.requests] == ["auth_123:1"]


async def test_an_outage_is_noted_and_the_next_permit_planned(service: Any, case: Authorization, with_member: WithMember) -> None:
    case = with_member(case, "SBX-OUTAGE")
    await service.want_submission(case)
    handled = await service.attempt(case)
    assert service.told(handled) == [
        RecordFailedAttempt(
            authorization_id="auth_123", work_item_id="work_1", attempt=1, failure_code="payer_unreachable", channel="sandbox"
        )
    ]
    assert service.waiting == [timedelta(seconds=0.5)]


async def test_an_attempt_after_a_receipt_is_an_update_of_the_last_claim(
    service: Any, payer: Any, case: Authorization, with_member: WithMember, with_receipt: Callable[[Authorization], Authorization]
) -> None:
    case = with_member(case, "SBX-INFO")
    await service.want_submission(case)
    await service.attempt(case)
    case = with_receipt(case)
    await service.want_submission(case)
    (fact,) = service.told(await service.attempt(case, 2))
    assert [request.update for request in payer.requests] == [False, True]
    assert fact.evidence.kind == "approved"
