"""When a failed delivery is tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retries:
    """Waits after the first, second, … failure; then `every`, or never when that is None.

    A wait grows by up to `jitter` of itself and never shrinks. Nothing is tried later than `within` after the first attempt.
    """

    waits: Sequence[timedelta]
    every: timedelta | None = None
    within: timedelta | None = None
    jitter: float = 0.0

    def wait(self, failures: int, elapsed: timedelta, chance: float) -> timedelta | None:
        """How long to wait after so many failures, `elapsed` after the first attempt; None: give up. `chance` is random, 0 to 1."""
        wait = self.waits[failures - 1] if failures <= len(self.waits) else self.every
        if wait is None or (self.within is not None and elapsed + wait > self.within):
            return None
        return wait * (1 + self.jitter * chance)
