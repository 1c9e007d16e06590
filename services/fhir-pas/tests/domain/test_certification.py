from datetime import UTC, datetime, timedelta

import pytest

from priorbus.fhir_pas.domain.certification import certified_period, lasting
from priorbus.fhir_pas.domain.payer import Line

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "certified"),
    [
        (None, None, ("2026-01-05", "2026-04-05")),
        ("2026-02-01", "2026-02-01", ("2026-02-01", "2026-02-01")),
        ("2026-02-01", None, ("2026-02-01", None)),
        (None, "2026-02-01", (None, "2026-02-01")),
        ("2026-02", "2027", ("2026-02", "2027")),
    ],
)
def test_a_service_is_certified_for_when_it_was_requested(start: str | None, end: str | None, certified: tuple[str | None, ...]) -> None:
    assert certified_period(Line(1, "70553", start=start, end=end), AT) == certified


def test_an_item_that_is_not_known_is_certified_from_today() -> None:
    assert certified_period(None, AT) == ("2026-01-05", "2026-04-05")


@pytest.mark.parametrize(
    ("start", "period"),
    [
        ("2026-02-01T23:00:00-05:00", ("2026-02-01T23:00:00-05:00", "2026-02-11")),
        ("2026-02", ("2026-02", "2026-02-11")),
        (None, ("2026-01-05", "2026-01-15")),
        ("9999-12-30", ("9999-12-30", "9999-12-31")),
    ],
)
def test_a_period_lasts_from_its_start_or_from_today(start: str | None, period: tuple[str, str]) -> None:
    assert lasting(start, timedelta(days=10), AT) == period
