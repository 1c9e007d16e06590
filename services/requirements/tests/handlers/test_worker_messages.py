"""What fhir-pas and timers tell, and the way of a case to the payer and back."""

from typing import get_args

import pytest
from prometheus_client import REGISTRY
from services.requirements.tests.conftest import EvidenceKind, World
from services.requirements.tests.handlers.conftest import Office, wire_types

from priorbus.contracts.authorizations import Authorization, State
from priorbus.contracts.commands.requirements import (
    AnnounceSla,
    CompletePreparation,
    Evidence,
    ExpireReview,
    GrantPermit,
    RecordFailedAttempt,
)
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.contracts.facts.requirements import PayerEvidenceApplied
from priorbus.contracts.messages import Message


def work_of(case: Authorization) -> str:
    assert case.work is not None
    return case.work.id


def learned(case: Authorization, kind: EvidenceKind, world: World, number: int = 1) -> PayerEvidenceRecorded:
    evidence = Evidence(kind=kind, channel="sandbox", received_at=world.now, reference_number="SBX-1", message="More, please.")
    return PayerEvidenceRecorded(
        authorization_id=case.id, work_item_id=work_of(case), attempt=1, evidence_id=f"evi_{number}", evidence=evidence
    )


def timers(office: Office) -> set[str]:
    return {row_id.rpartition("/")[2] for row_id in office.stage.store.timers}


async def test_a_case_goes_to_the_payer_and_back(office: Office) -> None:
    case = await office.given(office.world.case("preparing"))
    prepared = await office.run(CompletePreparation(authorization_id=case.id, work_item_id=work_of(case)))
    assert wire_types(prepared) == ["authorization.prepared", "fhir-pas.submit_authorization"]
    granted = await office.run(GrantPermit(authorization_id=case.id, work_item_id=work_of(case), attempt=1))
    assert wire_types(granted) == ["authorization.submission_permitted", "fhir-pas.send_submission"]
    failed = await office.run(
        RecordFailedAttempt(authorization_id=case.id, work_item_id=work_of(case), attempt=1, failure_code="payer_unreachable")
    )
    assert wire_types(failed) == ["authorization.submission_failed"]
    await office.run(GrantPermit(authorization_id=case.id, work_item_id=work_of(case), attempt=2))
    received = await office.run(learned(case, "receipt", office.world, 1))
    assert (wire_types(received), received.reply) == (["authorization.payer_evidence_applied"], None)
    assert timers(office) == {"sla_due_soon", "sla_breached"}
    due = await office.run(AnnounceSla(authorization_id=case.id, milestone="due_soon"))
    assert wire_types(due) == ["authorization.sla_announced"]
    await office.run(learned(case, "approved", office.world, 2))
    stored = await office.stored(case.id)
    assert (stored.state, stored.outcome, stored.attempts) == ("completed", "approved", 2)
    assert timers(office) == set()


async def test_a_request_for_information_instead_of_a_receipt_is_two_writes(office: Office) -> None:
    case = await office.given(office.world.permit(office.world.case("submitting")).authorization)
    handled = await office.run(learned(case, "information_request", office.world))
    first, second = handled.published
    assert isinstance(first, PayerEvidenceApplied)
    assert isinstance(second, PayerEvidenceApplied)
    assert (first.authorization.state, second.authorization.state) == ("waiting_on_payer", "requires_input")
    assert await office.stored(case.id) == second.authorization


async def test_the_same_evidence_twice_tells_nothing_more(office: Office) -> None:
    case = await office.given(office.world.case("waiting_on_payer"))
    await office.run(learned(case, "approved", office.world))
    again = await office.run(learned(case, "approved", office.world))
    assert again.published == []


async def test_a_review_ends_by_its_timer(office: Office) -> None:
    case = await office.given(office.world.case("preparing", "approval"))
    await office.run(CompletePreparation(authorization_id=case.id, work_item_id=work_of(case)))
    review = await office.stored(case.id)
    assert review.review_snapshot is not None
    assert timers(office) == {"review"}
    command = ExpireReview(authorization_id=case.id, review_snapshot_id=review.review_snapshot.id)
    early = await office.run(command)
    assert early.published == []
    office.world.wait(office.world.terms.review_ttl)
    late = await office.run(command)
    assert wire_types(late) == ["authorization.review_expired"]
    assert (await office.stored(case.id)).state == "advance"


def counted_late(kind: EvidenceKind) -> float:
    return REGISTRY.get_sample_value("priorbus_late_payer_evidence_total", {"kind": kind}) or 0.0


@pytest.mark.parametrize(("state", "late"), [("completed", 1), ("canceled", 1), ("waiting_on_payer", 0)])
async def test_late_evidence_is_an_alert(office: Office, capsys: pytest.CaptureFixture[str], state: State, late: int) -> None:
    waiting = await office.given(office.world.case("waiting_on_payer"))
    case = await office.given(waiting.model_copy(update={"state": state}))
    before = counted_late("denied")
    for _ in range(2):
        await office.run(learned(case, "denied", office.world))
    assert counted_late("denied") == before + late
    assert capsys.readouterr().out.count("late payer evidence") == late


def test_alerts_on_an_increase_have_a_zero_to_start_from() -> None:
    for kind in get_args(EvidenceKind):
        assert REGISTRY.get_sample_value("priorbus_late_payer_evidence_total", {"kind": kind}) is not None


async def test_evidence_for_an_unknown_case_is_no_fault(office: Office) -> None:
    case = office.world.case("waiting_on_payer")
    handled = await office.run(learned(case, "approved", office.world))
    assert handled.published == []


@pytest.mark.parametrize(
    "message",
    [
        CompletePreparation(authorization_id="auth_none", work_item_id="work_1"),
        GrantPermit(authorization_id="auth_none", work_item_id="work_1", attempt=1),
        RecordFailedAttempt(authorization_id="auth_none", work_item_id="work_1", attempt=1, failure_code="x"),
        ExpireReview(authorization_id="auth_none", review_snapshot_id="rev_1"),
        AnnounceSla(authorization_id="auth_none", milestone="breached"),
    ],
)
async def test_an_unknown_case_is_not_found(office: Office, message: Message) -> None:
    handled = await office.run(message)
    assert handled.refusal is not None
    assert handled.refusal.code == "authorization_not_found"
