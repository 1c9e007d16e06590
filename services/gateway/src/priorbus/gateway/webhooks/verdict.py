"""What becomes of a delivery and its endpoint after an attempt (Conventions 11.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from priorbus.gateway.webhooks.attempt import Attempt
from priorbus.gateway.webhooks.endpoint import DisabledReason
from priorbus.runtime.deliveries import Retries

OFFSETS = (0, 5, 305, 2105, 9305, 27305, 63305, 113705, 185705, 272105)
"""Seconds from the first attempt to each."""
JITTER = 0.1
_PATIENCE = timedelta(days=5)
"""How long a receiver may do nothing but fail."""


def schedule(scale: float) -> Retries:
    """The waits between attempts, all shortened alike."""
    return Retries([timedelta(seconds=later - sooner) * scale for sooner, later in pairwise(OFFSETS)], jitter=JITTER)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`due` is None when nothing more is tried; `paused_until` and `disable` are about the endpoint."""

    status: str
    due: datetime | None = None
    paused_until: datetime | None = None
    disable: DisabledReason | None = None


def verdict(delivery: Mapping[str, Any], endpoint: Mapping[str, Any], attempt: Attempt, plan: Retries, chance: float) -> Verdict:
    """Decide; `chance` is random, 0 to 1."""
    if attempt.delivered:
        return Verdict("delivered")
    wait = plan.wait(delivery["tries"] + 1, timedelta(0), chance)
    pause = _pause(attempt, wait)
    disable = _disable(endpoint, attempt)
    if wait is None:
        return Verdict("exhausted", None, pause, disable)
    due = attempt.at + wait
    return Verdict("retry_scheduled", due if pause is None else max(due, pause), pause, disable)


def _pause(attempt: Attempt, wait: timedelta | None) -> datetime | None:
    if not attempt.busy:
        return None
    return attempt.at + max(wait or timedelta(0), attempt.retry_after or timedelta(0))


def _disable(endpoint: Mapping[str, Any], attempt: Attempt) -> DisabledReason | None:
    if attempt.gone:
        return "gone"
    since = endpoint["failing_since"]
    return "failing" if since is not None and attempt.at - since >= _PATIENCE else None
