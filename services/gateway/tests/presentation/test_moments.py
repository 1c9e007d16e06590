from datetime import UTC, datetime, timedelta, timezone

import pytest

from priorbus.gateway.presentation.moments import format_moment, parse_moment, wire_moment


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


@pytest.mark.parametrize(
    "text", ["2026-03-04T05:06:07Z", "2026-03-04t05:06:07.000z", "2026-03-04T07:06:07+02:00", "2026-03-04T05:06:07.0000001Z"]
)
def test_timestamps_of_clients_are_converted(text: str) -> None:
    assert parse_moment(text) == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-03-04", "2026-03-04T05:06:07", "2026-03-04 05:06:07Z", "20260304T050607Z", "2026-W10-3T05:06:07Z"),
        *("2026-03-04T05:06Z", "2026-03-04T05:06:07+0200", "2026-13-04T05:06:07Z", "2026-03-04T24:00:01Z", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_other_texts_are_no_timestamps(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_moment(text)
