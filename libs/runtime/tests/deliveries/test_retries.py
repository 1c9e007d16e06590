"""When a failed delivery is tried again."""

from datetime import timedelta

import pytest

from priorbus.runtime.deliveries import Retries

SECOND = timedelta(seconds=1)
RETRIES = Retries((2 * SECOND, 5 * SECOND), every=60 * SECOND, within=600 * SECOND, jitter=0.2)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 2), (2, 5), (3, 60), (100, 60)])
def test_waits_by_the_number_of_failures(failures: int, seconds: int) -> None:
    assert RETRIES.wait(failures, timedelta(0), 0) == seconds * SECOND
    assert RETRIES.wait(failures, timedelta(0), 1) == seconds * SECOND * 1.2


def test_gives_up_when_the_time_is_over() -> None:
    assert RETRIES.wait(3, 540 * SECOND, 0) is not None
    assert RETRIES.wait(3, 541 * SECOND, 0) is None


def test_gives_up_after_the_last_wait_when_there_is_no_other() -> None:
    assert Retries((SECOND,)).wait(2, timedelta(0), 0) is None
