from datetime import UTC, datetime, timedelta, timezone

import pytest

from priorbus.gateway.presentation.moments import format_moment, wire_moment


@pytest.mark.parametrize(
    ("stored", "wire"),
    [
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07.000Z"),
        ("2026-03-04T05:06:07.089000Z", "2026-03-04T05:06:07.089Z"),
        ("2026-03-04T05:06:07.5Z", "2026-03-04T05:06:07.500Z"),
    ],
)
def test_stored_moments(stored: str, wire: str) -> None:
    assert wire_moment(stored) == wire


def test_a_moment_is_shown_in_utc() -> None:
    assert format_moment(datetime(2026, 3, 4, 7, 6, 7, 89999, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-04T05:06:07.089Z"
    assert format_moment(datetime(2026, 3, 4, tzinfo=UTC)) == "2026-03-04T00:00:00.000Z"
