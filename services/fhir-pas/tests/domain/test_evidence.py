from datetime import UTC, datetime
from decimal import Decimal

import pytest

from priorbus.fhir_pas.domain.evidence import evidence
from priorbus.fhir_pas.domain.payer import UNABLE, Action, AddedService, BusinessError, InformationRequest, ItemDecision, PayerAnswer

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def answer(*items: ItemDecision) -> PayerAnswer:
    return PayerAnswer(items=items, reference="SBX-1")


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        (("A4",), "receipt"),
        (("CT",), "receipt"),
        (("A1", "A4"), "receipt"),
        (("A1",), "approved"),
        (("A1", "NA"), "approved"),
        (("A3",), "denied"),
        (("NA",), "not_required"),
        (("A6",), "modified"),
        (("A2",), "modified"),
        (("A1", "A3"), "modified"),
    ],
)
def test_review_actions_make_the_kind(actions: tuple[str, ...], kind: str) -> None:
    items = [ItemDecision(sequence, action) for sequence, action in enumerate(actions, 1)]  # type: ignore[arg-type]
    learned = evidence(answer(*items), "70553", "sandbox", NOW)
    assert learned is not None
    assert (learned.kind, learned.reference_number, learned.channel) == (kind, "SBX-1", "sandbox")


def test_an_approval_has_number_and_period() -> None:
    learned = evidence(answer(ItemDecision(1, "A1", number="AUTH1", start="2026-02-01", end="2026-05-02")), "70553", "sandbox", NOW)
    assert learned is not None
    assert learned.authorization_number == "AUTH1"
    assert learned.effective_from == datetime(2026, 2, 1, tzinfo=UTC)
    assert learned.effective_to == datetime(2026, 5, 2, tzinfo=UTC)
    assert [(item.service_code, item.decision) for item in learned.items] == [("70553", "approved")]


def test_dates_of_remote_payers_may_be_rough_or_none() -> None:
    first, second = ItemDecision(1, "A1", start="2026-02", end="soon"), ItemDecision(2, "A1", start="2026", end="2026-05-02T10:00:00Z")
    learned = evidence(answer(first, second), "70553", "fhir", NOW)
    assert learned is not None
    assert (learned.effective_from, learned.effective_to) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC))


def test_a_denial_always_has_a_reason() -> None:
    noted = evidence(answer(ItemDecision(1, "A3", note="Not medically necessary", reason_codes=("X",))), "70553", "sandbox", NOW)
    silent = evidence(answer(ItemDecision(1, "A3")), "70553", "sandbox", NOW)
    assert noted is not None
    assert silent is not None
    assert noted.denial_reasons == ("Not medically necessary",)
    assert [code.code for code in noted.denial_reason_codes] == ["X"]
    assert silent.denial_reasons == ("Denied by the payer",)


def test_a_modification_tells_what_was_authorised() -> None:
    added = AddedService(1, "70553", "urn:x", "AUTH1", quantity=Decimal("1.0"))
    learned = evidence(answer(ItemDecision(1, "A6", number="AUTH1", note="Approved quantity 1 of 2", added=(added,))), "70553", "x", NOW)
    assert learned is not None
    assert learned.modifications == ("Approved quantity 1 of 2",)
    assert (learned.items[0].approved_quantity, learned.items[0].unit) == ("1.0", "UN")


def test_a_request_for_information() -> None:
    wanted = PayerAnswer(information=InformationRequest("Send it.", ("treatment_plan",)))
    learned = evidence(wanted, "70553", "sandbox", NOW)
    assert learned is not None
    assert (learned.kind, learned.message, learned.document_types) == ("information_request", "Send it.", ("treatment_plan",))


@pytest.mark.parametrize(
    ("action", "kind"), [("A4", "information_request"), ("CT", "information_request"), ("A1", "approved"), ("A3", "denied")]
)
def test_what_was_wanted_counts_until_the_payer_has_decided(action: Action, kind: str) -> None:
    learned = evidence(PayerAnswer(items=(ItemDecision(1, action),), information=InformationRequest("Send it.")), "70553", "sandbox", NOW)
    assert learned is not None
    assert learned.kind == kind


def test_a_rejection_and_silence() -> None:
    rejected = evidence(PayerAnswer(error=BusinessError("33", "C", "Rejected.")), "70553", "sandbox", NOW)
    assert rejected is not None
    assert rejected.failure is not None
    assert rejected.failure.code == "payer_rejected_request"
    assert evidence(PayerAnswer(), "70553", "sandbox", NOW) is None


def test_unreachable() -> None:
    learned = evidence(PayerAnswer(error=UNABLE), "70553", "sandbox", NOW)
    assert learned is not None
    assert learned.failure is not None
    assert (learned.kind, learned.failure.code) == ("failure", "payer_unreachable")
