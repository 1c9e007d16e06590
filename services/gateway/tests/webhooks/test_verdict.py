from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import pytest

from priorbus.gateway.webhooks.attempt import Attempt
from priorbus.gateway.webhooks.verdict import Verdict, schedule, verdict

NOW = datetime(2026, 3, 4, tzinfo=UTC)
PLAN = schedule(1.0)
OFFSETS = [0, 5, 305, 2105, 9305, 27305, 63305, 113705, 185705, 272105]


def judged(attempt: Attempt, tries: int = 0, failing_since: datetime | None = None, chance: float = 0.0) -> Verdict:
    return verdict({"tries": tries}, {"failing_since": failing_since}, attempt, PLAN, chance)


def failed(status: int | None = 500, **more: Any) -> Attempt:
    return Attempt(NOW, 12, status, "http_status", **more)


def test_offsets_of_the_attempts() -> None:
    """V4"""
    waits = [judged(failed(), tries).due for tries in range(9)]
    seconds = [int((due - NOW).total_seconds()) for due in waits if due is not None]
    assert [0, *accumulate(seconds)] == OFFSETS
    assert judged(failed(), 9) == Verdict("exhausted")


@pytest.mark.parametrize("tries", range(9))
def test_jitter_adds_up_to_a_tenth(tries: int) -> None:
    least, most = (judged(failed(), tries, chance=chance).due for chance in (0.0, 1.0))
    assert least is not None
    assert most is not None
    assert (most - NOW) / (least - NOW) == pytest.approx(1.1)


def test_success_ends_it() -> None:
    assert judged(Attempt(NOW, 1, 204)) == Verdict("delivered")


@pytest.mark.parametrize("status", [429, 502, 504])
def test_a_busy_receiver_is_left_alone(status: int) -> None:
    decided = judged(failed(status, retry_after=timedelta(minutes=7)))
    assert decided.paused_until == decided.due == NOW + timedelta(minutes=7)
    assert judged(failed(status)).paused_until == NOW + timedelta(seconds=5)


def test_a_pause_shorter_than_the_wait_changes_nothing() -> None:
    decided = judged(failed(429, retry_after=timedelta(seconds=1)), tries=1)
    assert decided.due == NOW + timedelta(seconds=300)


def test_a_receiver_that_is_gone_or_only_fails_is_disabled() -> None:
    assert judged(failed(410)).disable == "gone"
    assert judged(failed(), failing_since=NOW - timedelta(days=5)).disable == "failing"
    assert judged(failed(), failing_since=NOW - timedelta(days=4, hours=23)).disable is None
    assert judged(failed(503), failing_since=None).paused_until is None
