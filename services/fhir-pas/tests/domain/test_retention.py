from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.resources import next_version
from priorbus.fhir_pas.domain.retention import TOUCHED_FOR, document_ids, is_over, months_before, of_use_until, touched

NOW = datetime(2026, 8, 31, 9, tzinfo=UTC)


def day(text: str) -> datetime:
    """The end of a day."""
    return datetime.fromisoformat(f"{text}T00:00:00+00:00") + timedelta(days=1)


def bundle(claim: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    return {"entry": [{"resource": {"resourceType": "Claim", **claim}}, *({"resource": one} for one in others)]}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"item": [{"servicedDate": "2027-01-05"}, {"servicedDate": "2026-12-05"}]}, day("2027-01-05")),
        ({"item": [{"servicedPeriod": {"start": "2027-01-05", "end": "2027-02-01T08:00:00-05:00"}}]}, day("2027-02-01")),
        ({"supportingInfo": [{"timingPeriod": {"start": "2027-01-05", "end": "2027-03-01"}}]}, day("2027-03-01")),
        ({"supportingInfo": [{"timingDate": "2027-04-01"}]}, day("2027-04-01")),
        ({"item": [{"servicedDate": "2027-02"}]}, day("2027-02-28")),
        ({"item": [{"servicedDate": "2027"}]}, day("2027-12-31")),
        ({"item": [{"servicedDate": "2027-02-31"}, {"servicedDate": "soon"}, {"servicedPeriod": {"start": 3}}]}, NOW),
        ({"item": [{"servicedDate": "2020-01-01"}]}, NOW),
        ({}, NOW),
    ],
)
def test_the_latest_date_counts(claim: dict[str, Any], expected: datetime) -> None:
    assert of_use_until(bundle(claim), PayerAnswer(), NOW) == expected


def test_certification_and_stay_count() -> None:
    stay = {"resourceType": "Encounter", "period": {"end": "2027-05-01"}}
    certified = PayerAnswer(items=(ItemDecision(1, "A1", start="2026-09-01", end="2027-06-01"),))
    assert of_use_until(bundle({}, stay), PayerAnswer(), NOW) == day("2027-05-01")
    assert of_use_until(bundle({}, stay), certified, NOW) == day("2027-06-01")


@pytest.mark.parametrize(
    ("months", "expected"), [(6, (2026, 2, 28)), (24, (2024, 8, 31)), (8, (2025, 12, 31)), (12, (2025, 8, 31)), (20, (2024, 12, 31))]
)
def test_months_have_different_lengths(months: int, expected: tuple[int, int, int]) -> None:
    found = months_before(NOW, months)
    assert (found.year, found.month, found.day, found.hour) == (*expected, 9)


def test_what_is_younger_than_half_a_year_never_goes() -> None:
    assert not is_over(months_before(NOW, 6), 1, NOW)
    assert is_over(months_before(NOW, 6) - timedelta(seconds=1), 1, NOW)
    assert not is_over(months_before(NOW, 24), 24, NOW)


def test_use_of_an_old_resource_is_noted_now_and_then() -> None:
    resource = next_version(None, {"resourceType": "Patient", "id": "p"}, "ehr", NOW)
    assert touched(resource, NOW + TOUCHED_FOR / 2) is resource
    later = touched(resource, NOW + TOUCHED_FOR)
    assert (later.used_at, later.version_id) == (NOW + TOUCHED_FOR, 1)
    assert touched(later, NOW + 1.5 * TOUCHED_FOR) is later


def test_documents_that_resources_name() -> None:
    base = "https://pas.example.test"
    content = {
        "content": [{"attachment": {"url": f"{base}/fhir/Binary/one"}}, {"attachment": {"url": "https://elsewhere/fhir/Binary/two"}}]
    }
    assert document_ids([content, content], base) == ("one",)
