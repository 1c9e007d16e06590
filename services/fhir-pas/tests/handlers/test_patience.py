"""What is left of the decision budget when the payer is asked (fhir-pas.md 10)."""

from datetime import timedelta
from typing import Any

import pytest

from priorbus.runtime.clock import utc_now

WHOLE = timedelta(seconds=9.5)


@pytest.mark.parametrize(
    ("waited", "least", "most"),
    [(timedelta(0), timedelta(seconds=0.5), WHOLE), (timedelta(seconds=6), timedelta(seconds=0.5), timedelta(seconds=3.5))],
)
async def test_the_budget_begins_when_the_request_comes_in(
    service: Any, payer: Any, own_text: str, waited: timedelta, least: timedelta, most: timedelta
) -> None:
    service.stage.clock.now = utc_now() - waited
    await service.submit(own_text)
    (asked,) = payer.requests
    assert least <= asked.patience <= most


async def test_a_clock_that_is_ahead_gives_no_more_than_the_budget(service: Any, payer: Any, own_text: str) -> None:
    service.stage.clock.now = utc_now() + timedelta(hours=1)
    await service.submit(own_text)
    assert payer.requests[0].patience == WHOLE


async def test_what_waited_too_long_still_reaches_the_payer(service: Any, payer: Any, own_text: str) -> None:
    service.stage.clock.now = utc_now() - timedelta(minutes=1)
    await service.submit(own_text)
    assert payer.requests[0].patience == timedelta(seconds=0.5)
