from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from priorbus.fhir_pas.adapters.sandbox.reactions import reference_number
from priorbus.fhir_pas.adapters.sandbox.scenarios import SCENARIOS, scenario_of
from priorbus.fhir_pas.domain.payer import Line, PayerAnswer, PayerRequest
from priorbus.fhir_pas.ports import PayerConnector, PayerUnreachable

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def request(member_id: str, **members: Any) -> PayerRequest:
    lines = (Line(1, "70553", start="2026-02-01"),)
    return PayerRequest("auth_123:1", "authorization", member_id, "/pas/2.2/fhir", lines, AT, **members)


async def conversation(sandbox: PayerConnector, asked: PayerRequest) -> list[PayerAnswer]:
    answers = [await sandbox.decide(asked)]
    while answers[-1].poll_after is not None:
        answers.append(await sandbox.poll(asked, len(answers)))
    return answers


def told(answer: PayerAnswer) -> str:
    if answer.error:
        return answer.error.code
    if answer.information:
        return "information"
    return answer.items[0].action if answer.items else "nothing"


@pytest.mark.parametrize(
    ("member_id", "first", "updated"),
    [
        ("SBX-RECEIPT", ["A4"], ["A4"]),
        ("SBX-APPROVE", ["A4", "A1"], ["A4", "A1"]),
        ("SBX-APPROVE-NOW", ["A1"], ["A1"]),
        ("SBX-DENY", ["A4", "A3"], ["A4", "A3"]),
        ("SBX-MODIFY", ["A4", "A6"], ["A4", "A6"]),
        ("SBX-NOTREQ", ["NA"], ["NA"]),
        ("SBX-INFO", ["A4", "information"], ["A1"]),
        ("SBX-QUESTION", ["A4", "information"], ["A3"]),
        ("SBX-DISCOVER", ["A4", "A1"], ["A4", "A1"]),
        ("SBX-FAIL", ["33"], ["33"]),
        ("SBX-HOLD", ["nothing"], ["nothing"]),
        ("ANY-MEMBER", ["A4"], ["A4"]),
    ],
)
async def test_the_steps_of_each_scenario(sandbox: PayerConnector, member_id: str, first: list[str], updated: list[str]) -> None:
    assert [told(answer) for answer in await conversation(sandbox, request(member_id))] == first
    assert [told(answer) for answer in await conversation(sandbox, request(member_id, update=True))] == updated


async def test_an_outage_ends_with_the_third_attempt(sandbox: PayerConnector) -> None:
    for attempt in (1, 2):
        with pytest.raises(PayerUnreachable):
            await sandbox.decide(request("SBX-OUTAGE", attempt=attempt))
    answers = await conversation(sandbox, request("SBX-OUTAGE", attempt=3))
    assert [told(answer) for answer in answers] == ["A4", "A1"]


async def test_only_discovery_wants_something_before(sandbox: PayerConnector) -> None:
    wanting = {member_id for member_id in SCENARIOS if await sandbox.discover(request(member_id))}
    assert wanting == {"SBX-DISCOVER"}


async def test_the_same_request_gets_the_same_answer(sandbox: PayerConnector) -> None:
    asked = request("SBX-MODIFY")
    assert await conversation(sandbox, asked) == await conversation(sandbox, asked)


async def test_steps_follow_each_other_after_the_step_delay(sandbox: PayerConnector) -> None:
    assert (await sandbox.decide(request("SBX-APPROVE"))).poll_after == timedelta(milliseconds=200)


def test_vector_a10() -> None:
    assert reference_number("auth_123:1") == "SBX-2435590704ec"


def test_unknown_members_behave_as_the_quickstart() -> None:
    assert scenario_of("12345").id == "quickstart_receipt"
