import pytest
from services.requirements.tests.conftest import START
from services.requirements.tests.handlers.conftest import Office, wire_types

from priorbus.contracts.authorizations import Authorization, State
from priorbus.contracts.commands.requirements import Evidence, InjectPayerEvent
from priorbus.contracts.replies import Issue, Refusal

RECEIPT = Evidence(kind="receipt", channel="sandbox", received_at=START, reference_number="R1")
DENIAL = Evidence(kind="denied", channel="sandbox", received_at=START, denial_reasons=("No.",), details={"documentFileId": "file_1"})


def event(case: Authorization, evidence: Evidence, event_id: str = "e1") -> InjectPayerEvent:
    return InjectPayerEvent(authorization_id=case.id, event_id=event_id, evidence=evidence)


async def test_a_receipt_while_submitting(office: Office) -> None:
    case = await office.given(office.world.case("submitting"))
    handled = await office.run(event(case, RECEIPT))
    assert handled.result["payer_event_id"] == "e1"
    assert handled.result["authorization"]["state"] == "waiting_on_payer"
    assert (await office.stored(case.id)).receipt is not None
    assert wire_types(handled) == ["authorization.payer_evidence_applied", "fhir-pas.take_payer_event"]


async def test_the_same_event_counts_once(office: Office) -> None:
    case = await office.given(office.world.case("waiting_on_payer"))
    await office.run(event(case, DENIAL))
    decided = await office.stored(case.id)
    again = await office.run(event(case, DENIAL))
    assert (again.result["authorization"]["version"], again.published) == (decided.version, [])
    assert decided.decision is not None
    assert (decided.outcome, decided.decision.details) == ("denied", {"documentFileId": "file_1"})


async def test_a_finished_case_keeps_its_version(office: Office) -> None:
    case = await office.given(office.world.case("completed"))
    await office.run(event(case, DENIAL))
    stored = await office.stored(case.id)
    assert (stored.version, stored.outcome, stored.sequence) == (case.version, case.outcome, case.sequence + 1)


@pytest.mark.parametrize("state", ["requires_input", "advance", "approve", "preparing"])
async def test_it_does_not_fit_before_the_payer_has_the_case(office: Office, state: State) -> None:
    case = await office.given(office.world.case(state))
    assert case.receipt is None
    refusal = (await office.run(event(case, DENIAL))).refusal
    assert refusal is not None
    assert refusal.code == "payer_event_not_applicable"


async def test_a_bad_body_is_answered_after_the_state(office: Office) -> None:
    bad = Refusal(code="bad_request", issues=(Issue(code="missing", message="m", field="/type"),))
    answers = []
    for state in ("requires_input", "submitting"):
        case = await office.given(office.world.case(state))
        handled = await office.run(InjectPayerEvent(authorization_id=case.id, event_id="e1", schema_refusal=bad))
        answers.append(handled.refusal and handled.refusal.code)
    assert answers == ["payer_event_not_applicable", "bad_request"]
    missing = await office.run(InjectPayerEvent(authorization_id="auth_none", event_id="e1", evidence=DENIAL))
    assert missing.refusal is not None
    assert missing.refusal.code == "authorization_not_found"
