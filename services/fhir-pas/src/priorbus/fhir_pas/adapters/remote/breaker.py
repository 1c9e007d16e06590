"""Leaves a remote alone that keeps failing (fhir-pas.md 22)."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

FAILURES: Final = 10
WITHIN_SECONDS: Final = 30.0
OPEN_SECONDS: Final = 30.0


class Breaker:
    """Opens for half a minute when ten calls have failed within half a minute; then it counts anew."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether nothing is to be sent now."""
        return self._now() < self._open_until

    def failed(self) -> None:
        """Note a call that did not get through."""
        now = self._now()
        self._failures.append(now)
        if len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN_SECONDS:
            self._open_until = now + OPEN_SECONDS
            self._failures.clear()
